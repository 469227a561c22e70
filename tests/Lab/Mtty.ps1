# mtty, the kernel's sample driver of mediated devices (samples/vfio-mdev/mtty.c): Debian has its source and what a module
# is built with, and nothing built.

# Puts into a machine's folder where the module is, or why it cannot be had. The machine has started by then: it needs the
# module when most of its checks are done.
function Send-LabMtty([string] $Folder, [string] $Version, [string] $MachineFolder) {
    if ([IO.File]::Exists("$MachineFolder/mtty")) { return }
    try { $said = Get-LabMtty $Folder $Version } catch { $said = "mtty cannot be built: $_" }
    [IO.File]::WriteAllText("$MachineFolder/mtty.partial", $said)
    [IO.File]::Move("$MachineFolder/mtty.partial", "$MachineFolder/mtty")
}

# Returns the module for a kernel, built where it is not there yet.
function Get-LabMtty([string] $Folder, [string] $Version) {
    $module = "$Folder/mtty-$Version.ko"
    if ([IO.File]::Exists($module)) { return $module }
    $work = "$Folder/mtty"
    if ([IO.Directory]::Exists($work)) { [IO.Directory]::Delete($work, $true) }
    $null = [IO.Directory]::CreateDirectory("$work/module")
    $headers = Expand-LabHeaders "$work/headers" $Version
    Expand-MttySource $work ([regex]::Match($Version, '^\d+\.\d+').Value)
    [IO.File]::WriteAllText("$work/module/Makefile", "obj-m := mtty.o`n")
    Invoke-Quietly @('make', '-C', $headers, "M=$work/module", 'CC=gcc', 'modules')
    [IO.File]::Move("$work/module/mtty.ko", $module)
    [IO.Directory]::Delete($work, $true)
    $module
}

# Unpacks what modules of a kernel are built with, and returns the folder to build from.
function Expand-LabHeaders([string] $Tree, [string] $Version) {
    $package = "linux-headers-$Version"
    $others = @(Find-Dependency $package 'linux-headers-*') + @(Find-Dependency $package 'linux-kbuild-*')
    if ($others.Count -lt 2) { throw "apt knows no '$package' any more; a newer kernel comes with a new out/cache/lab" }
    foreach ($name in @($package) + $others) { Expand-Package $Tree $name }
    # It names the others' place in an installed system.
    $makefile = "$Tree/usr/src/$package/Makefile"
    [IO.File]::WriteAllText($makefile, [IO.File]::ReadAllText($makefile).Replace('/usr/src/', "$Tree/usr/src/"))
    "$Tree/usr/src/$package"
}

# One file of the kernel's source; the rest of it, 1.3 GB, never comes to be.
function Expand-MttySource([string] $Work, [string] $Release) {
    $name = "linux-source-$Release"
    Expand-Package "$Work/source" $name
    Invoke-Quietly @('bsdtar', '-x', '-f', "$Work/source/usr/src/$name.tar.xz", '-C', "$Work/module", '--fast-read', '--strip-components', '3', "$name/samples/vfio-mdev/mtty.c")
}
