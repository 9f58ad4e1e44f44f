# Sourced by the tests whose run or data lies on a drive that misbehaves.
. "$ROD_FAULT/support/training.sh"

# mount_drive [CLOUD MILLISECONDS SEED]: drive/ is a cloud drive that misbehaves while files named
# after faults are in faults/; see drivefs.cc
mount_drive() {
  [ -x "${DRIVEFS:-}" ] || skip "drivefs is not built (libfuse3 is missing)"
  [ -w /dev/fuse ] || skip "/dev/fuse can't be used here"
  mkdir -p drive cloud faults
  "$DRIVEFS" drive cloud faults "$@" 2> drivefs.log &
  drive=$!
  trap 'kill -s KILL ${trainer:-} 2> /dev/null || true; unmount_drive' EXIT
  for _ in $(seq 100); do
    [ "$(stat -f -c %t drive)" != 65735546 ] || return 0
    kill -0 $drive 2> /dev/null || break
    sleep 0.05
  done
  skip "nothing can be mounted here: $(tail -n 1 drivefs.log)"
}
# remount_drive: what `drive.mount(…, force_remount=True)` does with a drive that hangs: its process
# is killed
remount_drive() {
  kill -s KILL $drive
  unmount_drive
  mount_drive
}
unmount_drive() {
  rm -f faults/*
  fusermount3 -u -z "$PWD/drive" 2> /dev/null || umount -l "$PWD/drive" 2> /dev/null || true
  wait $drive 2> /dev/null || true
}
