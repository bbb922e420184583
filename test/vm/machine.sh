# shellcheck shell=bash
# The machine itself, for test/vm/run: what it boots from, the shared files, its output, QEMU.
# Works on run's variables: command, limit, out_dir, line and so on.
# shellcheck disable=SC2154,SC2034

memory=1536            # MB
time_around_command=60 # seconds for booting and for sending /out, before QEMU is ended
standard_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Holds a kernel against "run --update" elsewhere, which deletes what it has replaced.
lock_kernel() {
  if ! { exec {kernel_lock}<"$kernel_dir/vmlinuz" && flock -s "$kernel_lock" && [ -f "$kernel_dir/vmlinuz" ]; }; then
    die 125 "kernel $kernel_dir was just replaced: try again"
  fi
}

# In quotes as any POSIX shell understands them (bash's printf %q knows only its own).
quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

node_dir() {
  local node
  node=$(command -v node) && dirname "$node"
}

guest_path() {
  local dir
  dir=$(node_dir) || dir=''
  case :$standard_path: in
    *":$dir:"*) dir='' ;;
  esac
  echo "${dir:+$dir:}$standard_path"
}

# What /bin/sh runs in the guest.
write_command() {
  local name
  echo "cd $(quote "$PWD") || exit 125"
  echo "export PATH=$(quote "$(guest_path)")"
  for name in CI IPFTRACE_REQUIRE_KERNEL ${VM_ENV:-}; do
    [ -z "${!name+set}" ] || echo "export $name=$(quote "${!name}")"
  done
  printf exec
  for name in "${command[@]}"; do printf ' %s' "$(quote "$name")"; done
  echo
}

# The kernel's own initrd and a second archive with what belongs to this run.
write_initrd() {
  local root=$run_dir/initrd
  mkdir -p "$root/vm"
  cp "$here/guest/init" "$root/init"
  chmod 755 "$root/init"
  cp "$here/guest/stage2" "$root/vm/stage2"
  write_command >"$root/vm/command"
  printf 'vm_limit=%s\nvm_files=%s\n' "$limit" "${out_dir:+1}" >"$root/vm/settings"
  (cat "$kernel_dir"/initrd-*.cpio && cd "$root" && find . | cpio -o -H newc --quiet) >"$run_dir/initrd.cpio"
}

# Every mount point on the way from / to a path, from the top downwards: they are not part of a
# bind mount of /.
mounts_towards() {
  local parts part prefix=''
  IFS=/ read -ra parts <<<"${1#/}"
  for part in "${parts[@]}"; do
    prefix+=/$part
    ! mountpoint -q "$prefix" || echo "$prefix"
  done
}

mounts_to_share() {
  local dir
  for dir in "$PWD" "$here" /usr/bin "$(node_dir || true)" "$(readlink -f "$(command -v node || true)" || true)"; do
    [ -z "$dir" ] || mounts_towards "$dir"
  done | awk '!seen[$0]++'
}

start_share() {
  local mounts tries=0
  mkdir "$run_dir/share"
  mapfile -t mounts < <(mounts_to_share)
  setpriv --pdeathsig TERM unshare -m -- "$BASH" "$here/share" "$(find_virtiofsd)" "$run_dir/share" "$run_dir/fs.sock" \
    "$kernel_dir/lib/modules/$(basename "$kernel_dir")" "${mounts[@]}" >"$run_dir/share.log" 2>&1 </dev/null &
  share_pid=$!
  until [ -S "$run_dir/fs.sock" ]; do
    if [ $((tries += 1)) -gt 500 ] || ! kill -0 "$share_pid" 2>/dev/null; then
      die 125 "could not share the file system with the guest: $(tail -n 3 "$run_dir/share.log")"
    fi
    sleep 0.02
  done
}

# Named pipes, because a file as QEMU's output would be written from its beginning.
start_output() {
  mkfifo "$run_dir/out" "$run_dir/err"
  cat "$run_dir/out" &
  out_pid=$!
  cat "$run_dir/err" >&2 &
  err_pid=$!
  exec {out_fd}>"$run_dir/out" {err_fd}>"$run_dir/err"
}

finish_output() {
  exec {out_fd}>&- {err_fd}>&-
  wait "$out_pid" "$err_pid" || true
}

# thread=single: with thread=multi QEMU 7.2 lets one CPU run code that the kernel is just patching
# on the other, and tracing patches code all the time. README.md has more.
qemu_arguments() {
  local console='console=ttyS0 quiet loglevel=5' port
  local kernel_arguments="$console panic=-1 oops=panic mitigations=off no_timer_check tsc=reliable audit=0 \
random.trust_cpu=on rcupdate.rcu_expedited=1"
  qemu=(
    qemu-system-x86_64 -accel "tcg,thread=single,tb-size=256" -machine "q35,memory-backend=memory"
    -object "memory-backend-memfd,id=memory,size=${memory}M,share=on" -cpu Nehalem -smp 2 -m "$memory"
    -nodefaults -no-user-config -display none -no-reboot
    -kernel "$kernel_dir/vmlinuz" -initrd "$run_dir/initrd.cpio" -append "$kernel_arguments"
    -chardev "file,id=console,path=$run_dir/console" -serial chardev:console
    -chardev "socket,id=fs,path=$run_dir/fs.sock" -device "vhost-user-fs-pci,chardev=fs,tag=host"
    -device virtio-rng-pci -device virtio-serial-pci
  )
  for port in out err status files; do
    qemu+=(-chardev "file,id=$port,path=$run_dir/$port" -device "virtserialport,chardev=$port,name=$port")
  done
}

# Sets $qemu_status. The death signal ends QEMU even if this script is killed with no time to clean up.
run_qemu() {
  local qemu
  qemu_arguments
  qemu_status=0
  setpriv --pdeathsig TERM timeout --kill-after=5 $((limit + time_around_command)) "${qemu[@]}" \
    </dev/null >"$run_dir/qemu.log" 2>&1 &
  qemu_pid=$!
  wait "$qemu_pid" || qemu_status=$?
  qemu_pid=''
}
