#!/usr/bin/env bash
# The libraries inside the wheels, built from Debian's source packages as static libraries of no more than rod uses.
#
#   bash tools/package/libraries.sh fetch FOLDER          unpacks the sources into FOLDER (apt-get source; needs deb-src lines)
#   bash tools/package/libraries.sh build FOLDER PREFIX   builds them; PREFIX/licenses/NAME gets each one's licence
#   bash tools/package/libraries.sh list                  their names, one a line
#
# CC, CXX, AR, JOBS: with what to build (default: clang-16, llvm-ar-16, all cores).
set -euo pipefail

# By Debian's names of the sources; lower libraries come first.
libraries=(zlib bzip2 xz-utils lz4 libzstd libdeflate libpng1.6 libjpeg-turbo libwebp tiff libarchive openssl curl opencv onetbb
  fmtlib nlohmann-json3 cli11 xxhash libstb)

# fetch FOLDER: the newest version that the mirror has; an index may be ahead of it.
fetch() {
  local name version scratch
  mkdir -p "$1"
  for name in "${libraries[@]}"; do
    [ ! -e "$1/$name" ] || continue
    scratch="$(mktemp -d)"
    for version in $(apt-cache showsrc --only-source "$name" | sed -n 's/^Version: //p' | sort -Vru); do
      (cd "$scratch" && apt-get source -qq --only-source "$name=$version" > log 2>&1) || continue
      mv "$(find "$scratch" -mindepth 1 -maxdepth 1 -type d)" "$1/$name"
      break
    done
    [ -e "$1/$name" ] || { tail -n 5 "$scratch/log" >&2; printf 'error: no source of %s; are there deb-src lines?\n' "$name" >&2; exit 1; }
    rm -r "$scratch"
  done
}

# with_cmake [OPTION…]: configures, builds and installs the source in the current folder.
with_cmake() {
  cmake -S . -B build-rod -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCMAKE_PREFIX_PATH="$prefix" -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DBUILD_TESTING=OFF "$@"
  cmake --build build-rod -j "$jobs" --target install
}

build_zlib() { ./configure --static --prefix="$prefix" && make -j "$jobs" install; }
build_bzip2() {
  make -j "$jobs" libbz2.a CC="$CC" AR="$AR" RANLIB=true CFLAGS="$CFLAGS -D_FILE_OFFSET_BITS=64"
  cp libbz2.a "$prefix/lib/" && cp bzlib.h "$prefix/include/"
}
build_xz-utils() {
  ./configure --prefix="$prefix" --disable-shared --with-pic --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo \
    --disable-scripts --disable-doc --disable-nls --disable-dependency-tracking
  make -j "$jobs" install
}
build_lz4() { make -j "$jobs" -C lib install PREFIX="$prefix" BUILD_SHARED=no CC="$CC" AR="$AR" CFLAGS="$CFLAGS"; }
build_libzstd() {
  make -j "$jobs" -C lib libzstd.a install-static install-includes install-pc PREFIX="$prefix" CC="$CC" AR="$AR" CFLAGS="$CFLAGS" \
    ZSTD_LIB_DICTBUILDER=0 ZSTD_LIB_DEPRECATED=0 ZSTD_LEGACY_SUPPORT=0
}
build_libdeflate() {
  make -j "$jobs" libdeflate.a CC="$CC" AR="$AR" CFLAGS="$CFLAGS"
  cp libdeflate.a "$prefix/lib/" && cp libdeflate.h "$prefix/include/"
}
build_libpng1.6() { with_cmake -DPNG_SHARED=OFF -DPNG_TESTS=OFF -DPNG_EXECUTABLES=OFF -DZLIB_ROOT="$prefix"; }
build_libjpeg-turbo() { with_cmake -DCMAKE_INSTALL_LIBDIR="$prefix/lib" -DENABLE_SHARED=OFF -DREQUIRE_SIMD=ON; }
build_libwebp() {
  with_cmake -DWEBP_BUILD_{ANIM_UTILS,CWEBP,DWEBP,GIF2WEBP,IMG2WEBP,VWEBP,WEBPINFO,WEBPMUX,EXTRAS}=OFF
  [ ! -e "$prefix/lib/libsharpyuv.a" ] || { "$AR" qL "$prefix/lib/libwebp.a" "$prefix/lib/libsharpyuv.a" && rm "$prefix/lib/libsharpyuv.a"; }
}
build_tiff() { with_cmake -Dtiff-{tools,tests,contrib,docs,opengl}=OFF -D{jbig,lerc}=OFF -Dcxx=OFF; }
# No XML (xar), no cryptography, no ACLs: what is refused or dropped by `rodprep extract` anyway.
build_libarchive() {
  with_cmake -DENABLE_{OPENSSL,MBEDTLS,NETTLE,LIBB2,LIBXML2,EXPAT,PCREPOSIX,ACL,XATTR,TAR,CPIO,CAT,TEST,LZO}=OFF -DENABLE_WERROR=OFF
  rm "$prefix"/lib/libarchive.so*  # it makes both
}
# What TLS needs; nothing is read from the system's openssl.cnf, which may name modules of another OpenSSL.
build_openssl() {
  ./Configure --prefix="$prefix" --libdir=lib --openssldir=/etc/ssl no-{shared,module,dso,engine,legacy,autoload-config,tests,comp,cms,ts,srp,psk,dtls,ssl3,sctp,afalgeng} \
    no-{aria,bf,camellia,cast,idea,md4,mdc2,rc2,rc4,rmd160,seed,siphash,sm2,sm3,sm4,whirlpool} linux-"$(uname -m)"
  make -j "$jobs" build_libs
  make install_dev
}
# HTTP and HTTPS alone. The program looks for the system's certificates itself.
build_curl() {
  with_cmake -DHTTP_ONLY=ON -DBUILD_CURL_EXE=OFF -DCURL_USE_OPENSSL=ON -DOPENSSL_ROOT_DIR="$prefix" -DOPENSSL_USE_STATIC_LIBS=ON \
    -DCURL_{ZLIB,BROTLI,ZSTD,USE_LIBSSH2,USE_GSSAPI}=OFF -DUSE_{LIBIDN2,NGHTTP2}=OFF -DCURL_DISABLE_{ALTSVC,HSTS,COOKIES,DOH}=ON \
    -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DENABLE_MANUAL=OFF
}
# core and imgproc alone, which draw contact sheets.
build_opencv() {
  with_cmake -DBUILD_LIST=core,imgproc -DBUILD_{TESTS,PERF_TESTS,EXAMPLES,DOCS,JAVA,opencv_apps,opencv_python3,opencv_js}=OFF \
    -DWITH_{1394,ADE,FFMPEG,GSTREAMER,GTK,IPP,ITT,JASPER,JPEG,LAPACK,EIGEN,OPENCL,OPENEXR,OPENJPEG,PNG,PROTOBUF,QUIRC,TIFF,V4L,VTK,WEBP,OPENMP,TBB,PTHREADS_PF}=OFF \
    -DBUILD_ZLIB=OFF -DZLIB_ROOT="$prefix" -DCPU_DISPATCH= -DBUILD_WITH_DEBUG_INFO=OFF -DOPENCV_GENERATE_PKGCONFIG=OFF
}
build_onetbb() { with_cmake -DTBB_TEST=OFF -DTBB_STRICT=OFF -DTBBMALLOC_BUILD=OFF -DTBBMALLOC_PROXY_BUILD=OFF -DTBB_DISABLE_HWLOC_AUTOMATIC_SEARCH=ON; }
build_fmtlib() { with_cmake -DFMT_TEST=OFF -DFMT_DOC=OFF; }
build_nlohmann-json3() { with_cmake -DJSON_BuildTests=OFF; }
build_cli11() { with_cmake -DCLI11_BUILD_{DOCS,TESTS,EXAMPLES}=OFF -DCLI11_SINGLE_FILE=OFF -DCLI11_PRECOMPILED=OFF; }
build_xxhash() { cp xxhash.h xxh3.h "$prefix/include/"; }
build_libstb() { mkdir -p "$prefix/include/stb" && cp stb_image.h stb_truetype.h "$prefix/include/stb/"; }

build() {
  local sources name recipe
  sources="$(realpath "$1")"
  mkdir -p "$2"/{lib,include,licenses,logs,recipes}
  prefix="$(realpath "$2")"
  jobs="${JOBS:-$(nproc)}"
  export CC="${CC:-clang-16}" CXX="${CXX:-clang++-16}" AR="${AR:-llvm-ar-16}"
  export CFLAGS="-O2 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections ${CFLAGS:-}" PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig"
  export CXXFLAGS="$CFLAGS -fvisibility-inlines-hidden ${CXXFLAGS:-}"
  for name in "${libraries[@]}"; do
    recipe="$(declare -f "build_$name")"  # kept at the end: what is built already, and how
    [ "$(cat "$prefix/recipes/$name" 2> /dev/null)" != "$recipe" ] || continue
    printf '%s\n' "$name" >&2
    # A shell of its own: `set -e` holds in no command of a condition.
    (cd "$sources/$name" && set -e && "build_$name") > "$prefix/logs/$name" 2>&1 &
    wait $! || { tail -n 30 "$prefix/logs/$name" >&2; printf 'error: %s could not be built\n' "$name" >&2; exit 1; }
    cp "$sources/$name/debian/copyright" "$prefix/licenses/$name"
    printf '%s\n' "$recipe" > "$prefix/recipes/$name"
  done
}

case "${1:-}" in
  list) printf '%s\n' "${libraries[@]}" ;;
  fetch) fetch "${2:?FOLDER}" ;;
  build) build "${2:?FOLDER}" "${3:?PREFIX}" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
