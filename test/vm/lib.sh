# shellcheck shell=bash
# What test/vm/run and test/vm/kernel share: messages, the list of kernel lines, host packages.

vm_lines='5.10 6.1 6.12 newest'
# shellcheck disable=SC2034 # for those who source this
vm_cache=${IPFTRACE_VM_CACHE:-${HOME:-/root}/.cache/ipftrace/vm}

say() { printf 'test/vm: %s\n' "$*" >&2; }

# die STATUS MESSAGE: 2 for wrong use, 125 when the lab itself cannot do its work.
die() {
  local status=$1
  shift
  say "$*"
  exit "$status"
}

check_line() {
  case " $vm_lines " in
    *" $1 "*) ;;
    *) die 2 "unknown kernel line '$1': use one of $vm_lines" ;;
  esac
}

# Debian 12 has virtiofsd among QEMU's files; later releases have a package of that name.
find_virtiofsd() {
  local file
  for file in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd /usr/lib/virtiofsd; do
    if [ -x "$file" ]; then
      echo "$file"
      return
    fi
  done
  return 1
}

# A dynamic busybox would be of no use in an initramfs without libraries; ldd fails on a static one.
has_static_busybox() {
  local file
  file=$(command -v busybox) && ! ldd "$file" >/dev/null 2>&1
}

virtiofsd_package() {
  if [ -n "$(apt-cache pkgnames virtiofsd 2>/dev/null)" ]; then echo virtiofsd; else echo qemu-system-common; fi
}

# The packages that the host lacks, one a line.
missing_packages() {
  command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
  find_virtiofsd >/dev/null || virtiofsd_package
  has_static_busybox || echo busybox-static
  command -v cpio >/dev/null || echo cpio
  { command -v depmod && command -v modprobe; } >/dev/null || echo kmod
  command -v xz >/dev/null || echo xz-utils
}

# Runs a noisy command; its output is seen only when it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || {
    printf '%s\n' "$output" >&2
    return 1
  }
}

# install_packages NAME...: the short wait is for another process that holds dpkg's lock.
install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
  local install=("${apt[@]}" install --yes --no-install-recommends)
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die 125 "missing on this machine: $* (install these packages and try again)"
  fi
  say "installing what is missing on this machine: $*"
  "${install[@]}" "$@" >/dev/null 2>&1 && return
  # Most likely the package lists are absent or old.
  if ! { quietly "${apt[@]}" update && quietly "${install[@]}" "$@"; }; then die 125 "could not install: $*"; fi
}

ensure_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" = 0 ] && return
  install_packages "${missing[@]}"
  # With fresh lists another package may be the one that brings virtiofsd.
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" = 0 ] || install_packages "${missing[@]}"
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" = 0 ] || die 125 "still missing after installing packages: ${missing[*]}"
}
