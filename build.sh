#!/usr/bin/env bash
# From a machine with the .NET SDK to `dotnet cake "$@"`: chooses the packages once, restores the tools. Says nothing when there is nothing to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
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

# Whether the configured package source has a package in the version that Directory.Packages.props pins: prints "yes", "no", or why it could not be asked.
# PackageDownload fetches the package itself and none of its dependencies.
probe_package() {
    local probe=artifacts/probe output
    mkdir -p $probe
    # Empty files keep the repository's own settings out.
    echo '<Project />' | tee $probe/Directory.Build.props $probe/Directory.Build.targets > $probe/Directory.Packages.props
    {
        echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup><ItemGroup>'
        sed -n "/Include=\"$1\"/s/<PackageVersion/<PackageDownload/p" Directory.Packages.props
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

# Keeps a property for the builds to come; set by hand it wins.
keep() { chosen+="    <$1 Condition=\"'\$($1)' == ''\">$2</$1>"$'\n'; }

# The package, or what stands in for it under src/StandIns, into the property $2.
choose_source() {
    local package=$1 property=$2 answer
    if [[ -n ${!property:-} ]]; then
        [[ ${!property} == nuget || ${!property} == standin ]] || fail "$property is '${!property}': it must be 'nuget' (the package $package) or 'standin' (src/StandIns)."
        return
    fi
    answer=$(probe_package "$package")
    case $answer in
        yes) keep "$property" nuget ;;
        no) say "$package: the package source lacks it, so src/StandIns stands in for it"; keep "$property" standin ;;
        *) say "$package: the package source $answer, so src/StandIns stands in for it; it will be asked again next time"; again=1 ;;
    esac
}

# The CPU's libtorch is the build's own default.
choose_torch() {
    local gpu answer
    [[ -z ${TorchPackage:-} ]] || return 0
    gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader 2> /dev/null | head -n 1) || return 0
    [[ -n $gpu ]] || return 0
    answer=$(probe_package TorchSharp-cuda-linux)
    case $answer in
        yes) say "torch: TorchSharp-cuda-linux, for the GPU here ($gpu)"; keep TorchPackage TorchSharp-cuda-linux ;;
        no) say "torch: for the CPU, since the package source lacks TorchSharp-cuda-linux for the GPU here ($gpu)" ;;
        *) say "torch: for the CPU, since the package source $answer for TorchSharp-cuda-linux and the GPU here ($gpu); it will be asked again next time"; again=1 ;;
    esac
}

# Asks the package source once and keeps the answers.
choose_packages() {
    local chosen='' again=''
    [[ ! -f $stack_file ]] || return 0
    choose_source Cake.Frosting CakeFrostingSource
    choose_source Verify.Xunit VerifyXunitSource
    choose_torch
    [[ -n $again ]] ||
        printf '<Project>\n  <!-- Written by build.sh; delete it to have the package source asked again. -->\n  <PropertyGroup>\n%s  </PropertyGroup>\n</Project>\n' "$chosen" > $stack_file
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
    choose_packages
    restore_tools
    exec dotnet cake "$@"
}

# Sourced by its tests, it only defines the functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    main "$@"
fi
