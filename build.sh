#!/usr/bin/env bash
# From a bare machine to `dotnet cake "$@"`: installs what is missing, restores the tools, chooses the package stack once.
# Says nothing when there is nothing to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
stack_file=artifacts/stack.props

say() { printf 'build.sh: %s\n' "$*"; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 2; }

# The .NET SDK that global.json asks for.
need_dotnet() {
    command -v dotnet > /dev/null ||
        fail "the .NET SDK 10 is missing: install it (https://dotnet.microsoft.com/download/dotnet/10.0) and run this again."
    [[ $(dotnet --version 2> /dev/null) == 10.* ]] ||
        fail "the .NET SDK here is not version 10 (installed: $(dotnet --list-sdks 2> /dev/null | cut -d' ' -f1 | paste -sd' ' -)): install it (https://dotnet.microsoft.com/download/dotnet/10.0) and run this again."
}

# Whether the configured package source has every package of the `nuget` stack: prints "yes", "no", or why it could not be asked.
# PackageDownload fetches the packages themselves and none of their dependencies (which are gigabytes).
probe_packages() {
    local probe=artifacts/probe output
    mkdir -p $probe
    # Empty files keep the repository's own settings out.
    echo '<Project />' | tee $probe/Directory.Build.props $probe/Directory.Build.targets > $probe/Directory.Packages.props
    {
        echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup><ItemGroup>'
        sed -n '/PackageStack=nuget/,/<\/ItemGroup>/s/<PackageVersion/<PackageDownload/p' Directory.Packages.props
        echo '</ItemGroup></Project>'
    } > $probe/probe.csproj
    if output=$(dotnet restore $probe/probe.csproj -v quiet -nologo 2>&1); then
        echo yes
    elif grep -qE 'NU110[123]' <<< "$output"; then
        echo no
    else
        echo "could not be asked ($(grep -oE 'NU[0-9]{4}' <<< "$output" | head -n 1))"
    fi
}

# nuget or standin, into $stack. Set by hand (PackageStack) it wins; else the answer kept from the first run; else the package source is asked.
choose_stack() {
    stack=${PackageStack:-}
    if [[ -n $stack ]]; then
        [[ $stack == nuget || $stack == standin ]] || fail "PackageStack is '$stack': it must be 'nuget' or 'standin'."
        return
    fi
    if [[ -f $stack_file ]]; then
        stack=$(sed -n 's:.*<PackageStack>\(.*\)</PackageStack>.*:\1:p' $stack_file)
        [[ $stack == nuget || $stack == standin ]] && return
    fi
    local answer
    answer=$(probe_packages)
    case $answer in
        yes) stack=nuget; say "package stack: nuget (the package source has TorchSharp, Cake.Frosting and Verify.Xunit)" ;;
        no) stack=standin; say "package stack: standin (the package source lacks TorchSharp, Cake.Frosting or Verify.Xunit, so src/StandIns stands in for them)" ;;
        *) stack=standin; say "package stack: standin (the package source $answer; it will be asked again next time)"; return ;;
    esac
    printf '<Project>\n  <!-- Written by build.sh; delete it to have the package source asked again. -->\n  <PropertyGroup>\n    <PackageStack>%s</PackageStack>\n  </PropertyGroup>\n</Project>\n' $stack > $stack_file
}

# Prints the Debian packages that are missing. The stand-ins need a libtorch with headers (LIBTORCH, the system's, a Python torch's) and a C++ toolchain.
missing_packages() {
    command -v cmake > /dev/null || echo cmake
    command -v g++ > /dev/null || echo g++
    command -v make > /dev/null || echo make
    compgen -G '/usr/lib*/*/libturbojpeg.so.0' > /dev/null || compgen -G '/usr/lib*/libturbojpeg.so.0' > /dev/null || jpeg_package
    [[ -z ${LIBTORCH:-} ]] || return 0
    if [[ -f /usr/include/ATen/ATen.h ]] || ! python_has_torch; then
        [[ -f /usr/include/ATen/ATen.h ]] || echo libtorch-dev
        # Without it libtorch multiplies matrices with the reference BLAS, 50 times slower.
        compgen -G '/usr/lib/*/openblas-pthread/libblas.so.3' > /dev/null || echo libopenblas0-pthread
    fi
}

# Ubuntu calls libturbojpeg otherwise.
jpeg_package() {
    if [[ -f /etc/os-release && $(< /etc/os-release) == *ID=ubuntu* ]]; then echo libturbojpeg; else echo libturbojpeg0; fi
}

python_has_torch() {
    python3 -c 'import importlib.util, os, sys
found = importlib.util.find_spec("torch")
sys.exit(not (found and os.path.exists(os.path.join(os.path.dirname(found.origin), "include", "ATen", "ATen.h"))))' 2> /dev/null
}

install_packages() {
    local -a packages
    mapfile -t packages < <(missing_packages)
    ((${#packages[@]})) || return 0
    local sudo=
    command -v apt-get > /dev/null ||
        fail "missing: ${packages[*]}; install libtorch with headers, OpenBLAS, libturbojpeg, cmake, make and g++ (Debian, Ubuntu: apt-get install ${packages[*]}), or unpack libtorch and set LIBTORCH to its folder, then run this again."
    if ((EUID != 0)); then
        command -v sudo > /dev/null || fail "missing: ${packages[*]}; run as root: apt-get install ${packages[*]}"
        sudo=sudo
    fi
    say "installing ${packages[*]}"
    local log=artifacts/apt.log
    if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } > $log 2>&1 < /dev/null; then
        tail -n 5 $log >&2
        fail "installing ${packages[*]} failed (all of it: $root/$log); run: ${sudo:+sudo }apt-get install ${packages[*]}"
    fi
}

# `dotnet tool restore` takes a second even when there is nothing to restore.
restore_tools() {
    local stamp=artifacts/tools.stamp packages=${NUGET_PACKAGES:-$HOME/.nuget/packages} home=${DOTNET_CLI_HOME:-$HOME}
    [[ -f $stamp && ! .config/dotnet-tools.json -nt $stamp && -d $packages/cake.tool ]] && compgen -G "$home/.dotnet/toolResolverCache/*/cake.tool" > /dev/null && return
    local output
    output=$(dotnet tool restore 2>&1) || { printf '%s\n' "$output" >&2; fail "dotnet tool restore failed: Cake.Tool 7.0.0 is needed from the package source."; }
    touch $stamp
}

main() {
    local argument
    for argument in "$@"; do
        # Cake.Tool would show its own help, which knows nothing of our targets.
        [[ $argument == --help || $argument == -h ]] && set -- --target=Default
    done
    need_dotnet
    mkdir -p artifacts
    choose_stack
    [[ $stack == nuget ]] || install_packages
    restore_tools
    exec dotnet cake "$@"
}

# Sourced by its tests, it only defines the functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    main "$@"
fi
