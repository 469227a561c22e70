# Debian's packages, kernels above all: downloaded and unpacked, never installed.

. $PSScriptRoot/../../../build/SystemPackages.ps1

# Unpacks what a package such as linux-image-amd64 stands for at the moment, and returns the folder.
function Expand-KernelPackage([string] $Folder, [string] $Name) {
    $package = Find-KernelPackage $Name
    if (-not $package) {
        # A new machine has no lists of packages yet.
        $command = @(Get-SudoPrefix) + @('apt-get', 'update', '-qq')
        $program, $arguments = $command
        $said = & $program @arguments 2>&1
        $package = Find-KernelPackage $Name
        if (-not $package) { throw "apt knows no package '$Name': $said" }
    }

    Expand-Package "$Folder/tree" $package
    "$Folder/tree"
}

# Downloads a package and unpacks it into a folder.
function Expand-Package([string] $Tree, [string] $Name) {
    [IO.Directory]::CreateDirectory($Tree) | Out-Null
    Push-Location $Tree
    try {
        $said = & apt-get download -qq $Name 2>&1
        $file = @([IO.Directory]::GetFiles($Tree, "${Name}_*.deb"))
        if ($file.Count -eq 0) { throw "apt-get cannot download the package '$Name': $said" }
        & dpkg-deb -x $file[0] $Tree
        [IO.File]::Delete($file[0])
    }
    finally { Pop-Location }
}

# Returns the folder where a package is unpacked, done where it is not yet.
function Get-Package([string] $Folder, [string] $Name) {
    $tree = "$Folder/$Name"
    if ([IO.Directory]::Exists($tree)) { return $tree }
    Expand-Package "$tree.$PID.partial" $Name
    [IO.Directory]::Move("$tree.$PID.partial", $tree)
    $tree
}

function Find-KernelPackage([string] $Name) { Find-Dependency $Name 'linux-image-*' | Select-Object -First 1 }

# The packages like a pattern that a package depends on.
function Find-Dependency([string] $Name, [string] $Like) {
    foreach ($line in & apt-cache depends $Name 2>&1) { if ("$line" -match 'Depends: (\S+)' -and $Matches[1] -like $Like) { $Matches[1] } }
}
