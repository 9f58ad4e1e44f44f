# tools/package/Dockerfile: its steps, followed in chroots where no container engine is, make an
# image of less than 400 MB, in which both programs work on a mounted folder without root's rights.
# Builds everything again: only with `bash tools/test.sh --all`, as root. ROD_CONTAINER_BUILT=FOLDER
# takes the first stage's /opt/rod from there, in which colab_setup.sh has installed;
# ROD_CONTAINER_WORK=FOLDER keeps the systems for the next run.
. "$ROD_SOURCE/tests/install/common"
. "$ROD_SOURCE/tools/package/system.sh"
only_with_all "it installs two systems and builds everything"
command -v debootstrap > /dev/null || { echo "skipped: debootstrap is not installed"; exit 77; }
[ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null ||
  { echo "skipped: a chroot needs root"; exit 77; }

work="${ROD_CONTAINER_WORK:-$PWD/work}"
mkdir -p "$work"
[ -z "${ROD_CONTAINER_BUILT:-}" ] || { mkdir -p "$work/build/opt" && rm -rf "$work/build/opt/rod" &&
  cp -r "$ROD_CONTAINER_BUILT" "$work/build/opt/rod"; }

image="" user=root folder=/ command=""
while read -r step rest; do
  case "$step" in
    "" | "#"*) ;;
    FROM)
      [[ "$rest" = debian:12-slim* ]] || fail "FROM $rest is not understood"
      image="$work/$(sed -n 's/.* AS //p' <<< "$rest")"
      [ "$image" != "$work/" ] || image="$work/final"
      [ "$image:${ROD_CONTAINER_BUILT:-}" != "$work/build:$ROD_CONTAINER_BUILT" ] ||
        { image=""; continue; }
      system "$work/debian" bookworm || fail "no system"
      rm -rf "$image"
      cp -a "$work/debian" "$image"
      ;;
    COPY)
      [ -n "$image" ] || continue
      read -r from to last <<< "$rest"
      case "$from" in
        --from=*) mkdir -p "$image$last" && cp -r "$work/${from#--from=}$to/." "$image$last/" ;;
        .) mkdir -p "$image$to" &&
          tar -C "$ROD_SOURCE" --exclude='./build*' --exclude=./.git -cf - . |
          tar -C "$image$to" -xf - ;;
        *) fail "COPY $rest is not understood" ;;
      esac
      ;;
    RUN) [ -z "$image" ] || inside "$image" sh -c "$rest" > log 2>&1 ||
      { tail -n 40 log; fail "RUN $rest"; } ;;
    USER) user="$rest" ;;
    WORKDIR) folder="$rest" ;;
    CMD) command="$rest" ;;
    *) fail "$step is not understood" ;;
  esac
done < "$ROD_SOURCE/tools/package/Dockerfile"
[ "$user" != root ] && [ -n "$command" ] || fail "the image runs as root, or has no command"

# debian:12-slim comes without these, which debootstrap installs.
size="$(du -sxm --exclude='*/usr/share/doc' --exclude='*/usr/share/man' --exclude='*/usr/share/locale' --exclude='*/usr/share/info' \
  --exclude='*/var/cache' --exclude='*/var/lib/apt' "$image" | cut -f1)"
echo "the image has about $size MB"
[ "$size" -lt 400 ] || fail "that is more than 400 MB"

# As `docker run --user … -v "$PWD/mounted:/data"`.
mkdir -p mounted "$image$folder"
chmod 777 mounted
run() {
  unshare -m --propagation private bash -euc 'mount --bind "$1" "$2$4"
    mount -t proc proc "$2/proc"
    mount --rbind /dev "$2/dev"
    image="$2" user="$3" folder="$4"; shift 4
    exec chroot --userspec="$user" "$image" \
      env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="/home/$user" \
      sh -euc "cd $folder; exec \"\$@\"" - "$@"' \
    - "$PWD/mounted" "$image" "$user" "$folder" "$@"
}
run rodprep synth a.tar --pairs 60 --classes 3 --size 32 -q
run rodprep cache a.tar shards --size 32 -q
train="rodtrain --data shards --logdir run --arch resnet10-slim --image-size 28 --batch-size 8 --device cpu -q"
run $train --max-steps 3
run $train --max-steps 4 --resume
ls mounted/run/checkpoints/step-000000004.safetensors > /dev/null ||
  fail "no checkpoint of the resumed run"
[ "$(stat -c %U mounted/shards)" != root ] || fail "the files belong to root"
