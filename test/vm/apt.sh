# shellcheck shell=bash disable=SC2154
# Debian packages of a suite that is not this machine's, by apt with settings and lists of its own in
# $work. Needs lib.sh; for test/vm/kernel and test/bench/peers.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

need_keyring() { [ -f "$keyring" ] || install_packages debian-archive-keyring; }

# The URI of this system's own apt sources that ends in the given name.
# shellcheck disable=SC2016 # apt-get fills in REPO_URI
system_uri() {
  { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null || true; } |
    awk -v wanted="/$1/?$" '$0 ~ wanted { print; exit }'
}

# Sets $main_uri and $security_uri.
find_archive() {
  if [ -n "${IPFTRACE_VM_MIRROR:-}" ]; then
    main_uri=${IPFTRACE_VM_MIRROR%/}
    security_uri=${main_uri%/*}/debian-security
    return
  fi
  command -v apt-get >/dev/null || die 125 "what is needed are Debian packages, fetched by apt-get, which is not here"
  main_uri=$(system_uri debian)
  main_uri=${main_uri%/}
  security_uri=$(system_uri debian-security)
  [ -n "$main_uri" ] || die 125 "what is needed comes from a Debian archive, and this system's apt sources name none:" \
    "set IPFTRACE_VM_MIRROR to the URI of one (it ends in /debian)"
}

# Settings and lists of our own, so that the system's stay untouched: $work/apt.conf.
write_apt_config() {
  local suite=$1 options="[arch=amd64 signed-by=$keyring]"
  mkdir -p "$work"/apt/lists/partial "$work"/apt/cache/archives/partial
  : >"$work/apt/status"
  {
    echo "deb $options $main_uri $suite main"
    case $suite in
      *-backports) ;; # has no security updates of its own
      *) [ -z "$security_uri" ] || echo "deb $options $security_uri $suite-security main" ;;
    esac
  } >"$work/apt/sources.list"
  cat >"$work/apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "/nonexistent";
Dir::State::lists "$work/apt/lists";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
Acquire::Languages "none";
APT::Architecture "amd64";
APT::Sandbox::User "root";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
}

apt_get() { apt-get -c "$work/apt/apt.conf" -qq "$@"; }
apt_cache() { apt-cache -c "$work/apt/apt.conf" "$@"; }
