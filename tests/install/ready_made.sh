# tools/colab_setup.sh takes ready-made wheels from the store or beside the repository, if they are
# for this torch; else it says which torch is there and which are offered, and builds.
. "$ROD_SOURCE/tests/install/common"
export ROD_TORCH_LIB=/nowhere  # started whatever torch there is
# The programs are tiny ones in their place.
mkdir -p tree/bin tree/libexec/rod tree/share/man/man1 build
cp "$(type -P true)" tree/bin/rodprep
cp "$(type -P true)" tree/libexec/rod/rodtrain
sed 's,@ROD_LIBEXEC_FROM_BIN@,../libexec/rod,' "$ROD_SOURCE/tools/install/rodtrain.in" > \
  tree/bin/rodtrain
chmod +x tree/bin/rodtrain
echo page > tree/share/man/man1/rodprep.1
cat > build/cmake_install.cmake << END
file(INSTALL DESTINATION "\${CMAKE_INSTALL_PREFIX}" TYPE DIRECTORY USE_SOURCE_PERMISSIONS
  FILES "$PWD/tree/")
END
mkdir -p fake/torch "my drive" beside/rod
cp -r "$ROD_SOURCE/CMakeLists.txt" "$ROD_SOURCE/lib" "$ROD_SOURCE/tools" "$ROD_SOURCE/trainer" \
  beside/rod
echo > fake/torch/__init__.py
torch_of_python() { echo "__version__ = '$1'" > fake/torch/version.py; }
machine="$(uname -m)"
packages() { python3 "$ROD_SOURCE/tests/install/wheels_of_tree.py" tree "$1" "$ROD_VERSION" "$2"; }
setup() {
  PYTHONPATH="$PWD/fake" bash beside/rod/tools/colab_setup.sh --trainer yes --from-build \
    "$PWD/build" --store "$PWD/my drive" "$@" > said 2>&1 ||
    { cat said; fail "exit code $?"; }
}
runs() { "$1/bin/rodtrain" --version > ran && grep -q coreutils ran && "$1/bin/rodprep" ||
  fail "what is installed in $1 does not start"; }
said() { grep -q -- "$1" said || { cat said; fail "it does not say: $1"; }; }

torch_of_python 2.13.0+cu130
packages "my drive" 2.13
chmod 600 "my drive"/*
setup --prefix "$PWD/first"
said "rodtrain for torch 2.13.0+cu130 unpacked from $PWD/my drive in"
runs "$PWD/first"
[ -s first/share/man/man1/rodprep.1 ] && [ ! -e first/rodprep ] ||
  fail "not what belongs there: $(ls first)"

# Those beside the repository, and a folder that is named.
mv "my drive"/*.whl beside/
setup --prefix "$PWD/second"
said "unpacked from $PWD/beside in"
mkdir named && mv beside/*.whl named/
setup --prefix "$PWD/third" --packages "$PWD/named"
said "unpacked from $PWD/named in"

# For another torch, and if building is wanted.
packages named 2.14
torch_of_python 2.16.1+cpu
setup --prefix "$PWD/fourth" --packages "$PWD/named"
said "torch is 2.16.1+cpu here, and the packages of rodtrain are for torch 2.13, 2.14"
said "built in"
runs "$PWD/fourth"
torch_of_python 2.14.1+cpu
setup --prefix "$PWD/fifth" --packages no
said "rodtrain for torch 2.14.1+cpu built in"

# A damaged one, one of another version, and one that leads elsewhere are not taken.
truncate -s -10000 named/rodtrain-*torch2.14-*.whl
setup --prefix "$PWD/sixth" --packages "$PWD/named"
said "torch2.14-py3-none-manylinux_2_31_$machine.whl is damaged"
said "restored from"
mkdir other && cp named/rodprep-* \
  "other/rodprep-9.$ROD_VERSION-py3-none-manylinux_2_31_$machine.whl"
setup --prefix "$PWD/seventh" --packages "$PWD/other"
said "restored from"
python3 - "$PWD/evil/rodprep-$ROD_VERSION-py3-none-manylinux_2_31_$machine.whl" << 'END'
import pathlib, sys, zipfile
path = pathlib.Path(sys.argv[1])
path.parent.mkdir()
zipfile.ZipFile(path, "w").writestr("rodprep-1.data/data/../../../outside", "x")
END
setup --trainer no --prefix "$PWD/deep/eighth" --packages "$PWD/evil"
said "is damaged"
[ ! -e outside ] && [ ! -e deep/outside ] || fail "a wheel wrote outside of the prefix"
