# A guest with drivers for virtio disks and network adapters, and a shell on its serial port.

. $PSScriptRoot/Guest.ps1

# In the order they are loaded.
$DeviceModules = 'virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci', 'virtio_blk', 'failover', 'net_failover', 'virtio_net'

# Returns the paths of kernel and initramfs, made where they are not there yet.
function Get-DeviceGuest([string] $Folder) {
    $guest = [pscustomobject]@{ Kernel = "$Folder/vmlinuz"; Initrd = "$Folder/initrd.gz" }
    if ([IO.File]::Exists($guest.Initrd)) { return $guest }

    [IO.Directory]::CreateDirectory($Folder) | Out-Null
    $tree = Expand-KernelPackage $Folder 'linux-image-cloud-amd64'
    [IO.File]::Copy(@([IO.Directory]::GetFiles("$tree/boot", 'vmlinuz-*'))[0], $guest.Kernel, $true)
    $init = @"
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in $DeviceModules; do insmod /`$module.ko; done
echo guest is up
while true; do setsid sh </dev/ttyS0 >/dev/ttyS0 2>&1; done
"@
    $archive = [IO.MemoryStream]::new()
    foreach ($name in 'bin', 'dev', 'proc', 'sys', 'tmp') { Add-CpioEntry $archive -Name $name -Mode 0x41ed }
    Add-CpioEntry $archive -Name 'dev/console' -Mode 0x2180 -Major 5 -Minor 1
    Add-CpioEntry $archive -Name 'bin/busybox' -Mode 0x81ed -Content ([IO.File]::ReadAllBytes('/bin/busybox'))
    foreach ($name in $DeviceModules) {
        Add-CpioEntry $archive -Name "$name.ko" -Mode 0x81a4 -Content ([IO.File]::ReadAllBytes(@([IO.Directory]::GetFiles("$tree/lib/modules", "$name.ko", 'AllDirectories'))[0]))
    }
    Add-CpioEntry $archive -Name init -Mode 0x81ed -Content ([Text.Encoding]::ASCII.GetBytes($init.Replace("`r", '') + "`n"))
    Add-CpioEntry $archive -Name 'TRAILER!!!'
    Save-Gzip $archive $guest.Initrd
    [IO.Directory]::Delete($tree, $true)
    $guest
}

# Starts a machine and returns when its guest is up.
function Start-DeviceGuest([string] $Name) {
    Start-QemuVm $Name -Paused
    $null = Wait-SerialText $Name 'guest is up' -WhenConnected { Resume-QemuVm $Name }
}

# Runs a command in the guest's shell and returns what it wrote. The shell echoes the line: the end is told from it by a sum.
function Invoke-GuestShell([string] $Name, [string] $Command, [int] $TimeoutSeconds = 60) {
    $path = [IO.Path]::Combine([IO.Path]::GetDirectoryName((Get-QemuVm $Name).QmpSocketPath), 'serial.sock')
    $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
    try {
        $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($path))
        $socket.ReceiveTimeout = $TimeoutSeconds * 1000
        $null = $socket.Send([Text.Encoding]::ASCII.GetBytes("$Command; echo; echo end-`$((4200+42))`n"))
        $read = ''
        $buffer = [byte[]]::new(4096)
        while (-not $read.Contains('end-4242')) {
            $count = $socket.Receive($buffer)
            if ($count -eq 0) { throw "The serial port was closed after: $read" }
            $read += [Text.Encoding]::ASCII.GetString($buffer, 0, $count)
        }
        ($read -split "`r?`n" | Where-Object { $_ -notmatch 'end-' }) -join "`n"
    }
    finally { $socket.Dispose() }
}
