#!/bin/sh
# Finds the shared libraries that the wheels expect from the system, and installs the missing ones
# with apt where there is apt. Never fails: what cannot be installed is named.
#   sh requirements/system-packages.sh live|dev
#   sh requirements/system-packages.sh --install PACKAGE...
set -eu
PATH=$PATH:/usr/sbin:/sbin

say() { echo "setup: $*"; }

install_packages() {
    command="apt-get install --yes --no-install-recommends $*"
    if ! command -v apt-get >/dev/null 2>&1; then
        say "missing on this system (names as on Debian; install their like): $*"
        return 1
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root="sudo"
    else
        say "missing, and this user may not install them; ask for: $command"
        return 1
    fi
    say "installing with apt${as_root:+ (sudo)}: $*"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
    if ! $as_root env DEBIAN_FRONTEND=noninteractive $command -qq >/dev/null; then
        say "apt could not install them; try: $command"
        return 1
    fi
}

# Library that a wheel loads, and the Debian package that brings it.
# OpenCV: GL, glib, SM, Xext. MediaPipe: EGL, GLESv2. Qt: the rest.
libraries() {
    cat <<'TABLE'
libEGL.so.1 libegl1
libGL.so.1 libgl1
libGLESv2.so.2 libgles2
libSM.so.6 libsm6
libX11-xcb.so.1 libx11-xcb1
libXext.so.6 libxext6
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libgthread-2.0.so.0 libglib2.0-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-glx.so.0 libxcb-glx0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-shm.so.0 libxcb-shm0
libxcb-sync.so.1 libxcb-sync1
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xinerama.so.0 libxcb-xinerama0
libxcb-xkb.so.1 libxcb-xkb1
libxkbcommon-x11.so.0 libxkbcommon-x11-0
TABLE
}

if [ "$1" = --install ]; then
    shift
    install_packages "$@"
    exit
fi

[ "$(uname -s)" = Linux ] && command -v ldconfig >/dev/null 2>&1 || exit 0
known=$(ldconfig -p)
missing=$(libraries | while read -r library package; do
    case "$known" in
        *"$library "*) ;;
        *) echo "$package" ;;
    esac
done)
if [ "$1" = dev ]; then
    # Tests of the real window run on a virtual screen.
    command -v Xvfb >/dev/null 2>&1 || missing="$missing xvfb"
    command -v xauth >/dev/null 2>&1 || missing="$missing xauth"
fi
# shellcheck disable=SC2086
[ -z "$missing" ] || install_packages $missing || true
