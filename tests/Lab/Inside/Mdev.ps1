# Mediated devices of the kernel's sample driver.

# Loads the sample driver; where it could not be built, the check ends with the reason.
function Import-SampleDriver {
    if ([IO.Directory]::Exists('/sys/class/mdev_bus/mtty')) { return }
    Wait-Until { [IO.File]::Exists('/mnt/mtty') } 120
    $module = [IO.File]::ReadAllText('/mnt/mtty')
    if (-not [IO.File]::Exists($module)) { Skip $module }
    & modprobe -a mdev vfio_iommu_type1
    & insmod $module
    if ($LASTEXITCODE -ne 0) { throw "the kernel does not take $module" }
}

# What the kernel answers to a text that is written to one of its files; empty where it takes it. The shell's own printf
# says "I/O error" of everything.
function Get-KernelAnswer([string] $Path, [string] $Text) { "$(& sh -c "/usr/bin/printf %s '$Text' 2>&1 >'$Path'" 2>&1)" -replace '^.*: ' }
