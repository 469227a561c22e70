<#
.SYNOPSIS
    From an empty disk to a running machine and back, in one session.
.DESCRIPTION
    Creates a disk, defines a machine with memtest86+ in its CD drive, starts it, looks at its screen, stops and removes
    it, and looks at the host's USB devices and IOMMU. Only the picture stays.
.PARAMETER IsoPath
    The disc in the CD drive.
.PARAMETER PicturePath
    Where the screenshot goes.
#>
param(
    [string] $IsoPath = '/usr/lib/memtest86+/memtest86+x64.iso',
    [string] $PicturePath = (Join-Path ([IO.Path]::GetTempPath()) 'qemups-first-light.png')
)

$ErrorActionPreference = 'Stop'
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "qemups-demo-$PID")
$name = "first-light-$PID"

try {
    $disk = New-QemuDisk -Path "$folder/myVirtualDisk.qcow2" -SizeBytes 20GB
    $disk | Out-Host

    $machine = @{
        Name               = $name
        MemoryStartupBytes = 4GB
        ProcessorCount     = 2
        DiskPath           = $disk.Path
        IsoPath            = $IsoPath
        BootOrder          = 'CdRom'
        NetworkAddress     = '192.168.0.0/24'
        DhcpStart          = '192.168.0.9'
        NetworkModel       = 'virtio-net-pci'
        Vga                = 'Qxl'
        Sound              = 'AC97'
    }
    $vm = New-QemuVm @machine
    $vm | ConvertTo-QemuCommandLine -WarningAction SilentlyContinue | Out-Host

    $vm | Start-QemuVm -PassThru | Out-Host
    Invoke-QmpCommand query-version $name | Select-Object -ExpandProperty qemu | Out-Host

    Save-QemuVmScreenshot $name $PicturePath -WaitForPicture -Force | Select-Object FullName, Length | Out-Host

    $vm | Stop-QemuVm -TurnOff -PassThru | Out-Host
}
finally {
    if (Get-QemuVm -Name "$name*") { Remove-QemuVm $name -DeleteDisks -Force -Confirm:$false }
    Remove-Item -LiteralPath $folder -Recurse -Force
}

Get-UsbDevice | Out-Host
Test-IommuEnabled -Detailed | Out-Host
