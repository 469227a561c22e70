# What the lab's machines start with: Debian's kernel, its modules, and an archive that mounts this host's files.

. $PSScriptRoot/../Pester/Support/KernelPackage.ps1
. $PSScriptRoot/../Pester/Support/Initramfs.ps1

# What is needed before the host's files are there; udev loads the rest.
$labModules = 'virtio_pci', '9pnet_virtio', '9p', 'overlay'

# Returns kernel, initramfs and the folder of all modules, made in a folder where they are not there yet.
function Get-LabGuest([string] $Folder) {
    $done = "$Folder/done"
    if (-not [IO.File]::Exists($done)) {
        if ([IO.Directory]::Exists($Folder)) { [IO.Directory]::Delete($Folder, $true) }
        $null = [IO.Directory]::CreateDirectory($Folder)
        $tree = Expand-KernelPackage $Folder 'linux-image-amd64'
        $version = [IO.Path]::GetFileName(@([IO.Directory]::GetDirectories("$tree/lib/modules"))[0])
        Invoke-Quietly @('depmod', '-b', $tree, $version)
        [IO.File]::WriteAllText($done, $version)
    }

    $version = [IO.File]::ReadAllText($done)
    $guest = [pscustomobject]@{ Version = $version; Kernel = "$Folder/tree/boot/vmlinuz-$version"; Modules = "$Folder/tree/lib/modules"; Initrd = "$Folder/initrd.gz" }
    Save-LabInitrd "$Folder/tree" $version $guest.Initrd
    $guest
}

function Save-LabInitrd([string] $Tree, [string] $Version, [string] $Path) {
    $directory, $program, $file, $device = 0x41ed, 0x81ed, 0x81a4, 0x2180
    $modules = @(& modprobe -d $Tree -S $Version --show-depends -a @labModules | ForEach-Object { if ($_ -match '^insmod (\S+)') { $Matches[1] } } | Select-Object -Unique)
    if ($modules.Count -eq 0) { throw "modprobe knows none of $labModules in $Tree" }
    $archive = [IO.MemoryStream]::new()
    foreach ($name in 'bin', 'dev', 'proc', 'sys', 'modules') { Add-CpioEntry $archive $name $directory }
    Add-CpioEntry $archive 'dev/console' $device -Major 5 -Minor 1
    Add-CpioEntry $archive 'bin/busybox' $program ([IO.File]::ReadAllBytes('/bin/busybox'))
    Add-CpioEntry $archive 'init' $program ([IO.File]::ReadAllBytes("$PSScriptRoot/Inside/init"))
    foreach ($module in $modules) { Add-CpioEntry $archive "modules/$([IO.Path]::GetFileName($module))" $file ([IO.File]::ReadAllBytes($module)) }
    Add-CpioEntry $archive 'modules/order' $file ([Text.Encoding]::ASCII.GetBytes((($modules | ForEach-Object { [IO.Path]::GetFileName($_) }) -join "`n") + "`n"))
    Add-CpioEntry $archive 'TRAILER!!!'
    Save-Gzip $archive $Path
}
