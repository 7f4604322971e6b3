# What the scripts share. Sourced by them, in bash, with the project's root in $root.
# shellcheck shell=bash

: "${root:?}"

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# The packages of some sections of debian-packages.txt, one a line.
packages_of() {
    local section line wanted=no
    while read -r line; do
        line=${line%%#*}
        line=${line//[[:space:]]/}
        case $line in
        '') ;;
        \[*\])
            wanted=no
            for section in "$@"; do
                [[ $line == "[$section]" ]] && wanted=yes
            done
            ;;
        *)
            [[ $wanted == yes ]] && say "$line"
            ;;
        esac
    done <"$root/scripts/debian-packages.txt"
    return 0
}

is_installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Installs what is missing of some sections; whoever is not root is told how.
install_packages() {
    local package missing=()
    command -v dpkg-query >/dev/null ||
        fail "this is no Debian: install the counterparts of scripts/debian-packages.txt, and" \
            "build with meson (see README.md)"
    while read -r package; do
        is_installed "$package" || missing+=("$package")
    done < <(packages_of "$@")
    ((${#missing[@]} > 0)) || return 0

    if ((EUID != 0)); then
        fail "packages are missing; run this once, then ${0##*/} again:" \
            "sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install --no-install-recommends -y "${missing[@]}" >/dev/null ||
        fail "apt-get could not install ${missing[*]}"
}

# Configures a build folder, if it is not, and builds it: build_in FOLDER [OPTION...]
build_in() {
    local folder=$1
    shift
    say "Building in $folder ..."
    if [[ ! -e $folder/build.ninja ]]; then
        rm -rf "$folder"
        meson setup "$folder" "$root" "$@" >"$folder.log" 2>&1 || {
            cat "$folder.log" >&2
            return 1
        }
    fi
    ninja --quiet -C "$folder" >"$folder.log" 2>&1 || {
        tail -n 60 "$folder.log" >&2
        return 1
    }
    rm -f "$folder.log"
}
