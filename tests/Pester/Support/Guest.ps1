# A guest of our own: Debian's cloud kernel and a busybox that shuts down when its power button is pressed.
# The kernel is downloaded once, unpacked, never installed.

. $PSScriptRoot/KernelPackage.ps1
. $PSScriptRoot/Initramfs.ps1

# Returns the paths of kernel and initramfs, made where they are not there yet.
function Get-TestGuest([string] $Folder) {
    $guest = [pscustomobject]@{ Kernel = "$Folder/vmlinuz"; Initrd = "$Folder/initrd.gz" }
    if ([IO.File]::Exists($guest.Initrd)) { return $guest }

    [IO.Directory]::CreateDirectory($Folder) | Out-Null
    $tree = Expand-KernelPackage $Folder 'linux-image-cloud-amd64'
    [IO.File]::Copy(@([IO.Directory]::GetFiles("$tree/boot", 'vmlinuz-*'))[0], $guest.Kernel, $true)
    $modules = foreach ($name in 'button.ko', 'evdev.ko') { @([IO.Directory]::GetFiles("$tree/lib/modules", $name, 'AllDirectories'))[0] }
    $archive = [IO.MemoryStream]::new()
    foreach ($entry in Get-InitrdEntry $modules) { Add-CpioEntry $archive @entry }
    Add-CpioEntry $archive -Name 'TRAILER!!!'
    Save-Gzip $archive $guest.Initrd
    [IO.Directory]::Delete($tree, $true)
    $guest
}

function Get-InitrdEntry([string[]] $Modules) {
    $init = @'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
insmod /evdev.ko
insmod /button.ko
acpid
echo guest is up
while true; do sleep 1000; done
'@
    $directory, $program, $device = 0x41ed, 0x81ed, 0x2180
    foreach ($name in 'bin', 'dev', 'proc', 'sys', 'var', 'var/log', 'etc', 'etc/acpi', 'etc/acpi/PWRF') { @{ Name = $name; Mode = $directory } }
    @{ Name = 'dev/console'; Mode = $device; Major = 5; Minor = 1 }
    @{ Name = 'bin/busybox'; Mode = $program; Content = [IO.File]::ReadAllBytes('/bin/busybox') }
    @{ Name = 'init'; Mode = $program; Content = [Text.Encoding]::ASCII.GetBytes($init.Replace("`r", '') + "`n") }
    @{ Name = 'etc/acpi/PWRF/00000080'; Mode = $program; Content = [Text.Encoding]::ASCII.GetBytes("#!/bin/busybox sh`npoweroff -f`n") }
    foreach ($module in $Modules) { @{ Name = [IO.Path]::GetFileName($module); Mode = 0x81a4; Content = [IO.File]::ReadAllBytes($module) } }
}

# Reads a machine's serial port until a text comes, and returns everything read.
function Wait-SerialText([string] $Name, [string] $Text, [int] $TimeoutSeconds = 60, [scriptblock] $WhenConnected = {}) {
    $path = [IO.Path]::Combine([IO.Path]::GetDirectoryName((Get-QemuVm $Name).QmpSocketPath), 'serial.sock')
    $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
    try {
        $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($path))
        $socket.ReceiveTimeout = $TimeoutSeconds * 1000
        $null = & $WhenConnected
        $read = ''
        $buffer = [byte[]]::new(4096)
        while (-not $read.Contains($Text)) {
            $count = $socket.Receive($buffer)
            if ($count -eq 0) { throw "The serial port was closed after: $read" }
            $read += [Text.Encoding]::ASCII.GetString($buffer, 0, $count)
        }
        $read
    }
    finally { $socket.Dispose() }
}
