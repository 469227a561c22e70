# A guest of our own: Debian's cloud kernel, a busybox that shuts down when its power button is pressed, and QEMU's guest
# agent. The packages are downloaded once, unpacked, never installed.
#
# What the guest does is told on the kernel's command line:
#   echo=PORT    answers on a TCP port (10.0.2.15 of QEMU's user network) with what it is sent
#   shell        a root shell at TCP port 9, for what the agent cannot do to itself (Invoke-GuestShell)
#   deaf         does not listen to its power button
#   noagent      starts no agent, though there is a channel for it
#   count        writes to the first virtio disk and says so on the serial port, over and over: "block 1", "block 2"

. $PSScriptRoot/KernelPackage.ps1
. $PSScriptRoot/Initramfs.ps1

# In the order in which they have to be loaded.
$GuestModules = 'evdev', 'button', 'virtio_ring', 'virtio', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci', 'virtio_console', 'virtio_blk', 'failover', 'net_failover', 'virtio_net'

# For discs. They lie in the guest and are loaded by those who need them (Import-GuestModule): each takes its time in every boot.
$DiscModules = 'scsi_common', 'scsi_mod', 'cdrom', 'sr_mod', 'virtio_scsi', 'isofs'

# For shared folders; Debian's cloud kernel has no 9p.
$FolderModules = 'netfs', 'fscache', '9pnet', '9pnet_virtio', '9p', 'fuse', 'virtiofs'

# Returns the paths of kernel and initramfs, made where they are not there yet. With -SharedFolder it is Debian's big kernel.
function Get-TestGuest([string] $Folder, [switch] $SharedFolder) {
    # The recipe is part of the name: a guest of an older one is not taken for it.
    $recipe = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes("$PSScriptRoot/Guest.ps1")), 0, 4).ToLower()
    $kind, $package, $modules = if ($SharedFolder) { '-big', 'linux-image-amd64', ($GuestModules + $FolderModules) } else { '', 'linux-image-cloud-amd64', $GuestModules }
    $guest = [pscustomobject]@{ Kernel = "$Folder/vmlinuz$kind"; Initrd = "$Folder/initrd$kind-$recipe.gz" }
    if ([IO.File]::Exists($guest.Initrd) -and [IO.File]::Exists($guest.Kernel)) { return $guest }

    [IO.Directory]::CreateDirectory($Folder) | Out-Null
    $tree = Expand-KernelPackage $Folder $package
    Expand-Package $tree 'qemu-guest-agent'
    [IO.File]::Copy(@([IO.Directory]::GetFiles("$tree/boot", 'vmlinuz-*'))[0], $guest.Kernel, $true)
    $archive = [IO.MemoryStream]::new()
    foreach ($entry in Get-InitrdEntry $tree $modules $DiscModules) { Add-CpioEntry $archive @entry }
    Add-CpioEntry $archive -Name 'TRAILER!!!'
    Save-Gzip $archive $guest.Initrd
    [IO.Directory]::Delete($tree, $true)
    $guest
}

# The libraries that a program needs, of the host unless they are in a folder. QEMU needs the agent's, too, so they are there where tests run.
function Get-Library([string] $Program, [string[]] $Folder) {
    $before = $env:LD_LIBRARY_PATH
    if ($Folder) { $env:LD_LIBRARY_PATH = $Folder -join ':' }
    try { $lines = @(& ldd $Program) } finally { $env:LD_LIBRARY_PATH = $before }
    foreach ($line in $lines) {
        if ($line -match 'not found') { throw "$Program needs a library: $line" }
        if ($line -match '(?:=> )?(/\S+) \(0x') { $Matches[1] }
    }
}

function Get-InitrdEntry([string] $Tree, [string[]] $Module, [string[]] $SpareModule) {
    $init = @'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in MODULES; do insmod /$module.ko; done
wants() { grep -qw "$1" /proc/cmdline; }
wants deaf || acpid
for port in /sys/class/virtio-ports/*; do
    [ "$(cat $port/name)" = org.qemu.guest_agent.0 ] || continue
    wants noagent || /sbin/qemu-ga --path=/dev/${port##*/} --statedir=/run --fsfreeze-hook=/sbin/fsfreeze-hook &
done
hostname tester
if wants shell; then
    ip addr add 10.0.2.15/24 dev eth0
    ip link set eth0 up
    nc -ll -p 9 -e /bin/sh &
fi
if wants echo; then
    port=$(sed 's/.*echo=\([0-9]*\).*/\1/' /proc/cmdline)
    ip addr add 10.0.2.15/24 dev eth0
    ip link set eth0 up
    nc -ll -p $port -e /bin/cat &
fi
echo guest is up
number=0
while wants count; do
    number=$((number + 1))
    echo "block $number" | dd of=/dev/vda bs=512 seek=$number conv=sync,fsync 2>/dev/null
    echo "block $number"
    usleep 20000
done
while true; do sleep 1000; done
'@
    $directory, $program, $file, $device = 0x41ed, 0x81ed, 0x81a4, 0x2180
    $script = { param($Name, $Text) @{ Name = $Name; Mode = $program; Content = [Text.Encoding]::ASCII.GetBytes($Text.Replace("`r", '') + "`n") } }
    foreach ($name in 'bin', 'sbin', 'lib64', 'lib', 'dev', 'proc', 'sys', 'run', 'tmp', 'var', 'var/log', 'etc', 'etc/acpi', 'etc/acpi/PWRF') { @{ Name = $name; Mode = $directory } }
    @{ Name = 'dev/console'; Mode = $device; Major = 5; Minor = 1 }
    @{ Name = 'bin/busybox'; Mode = $program; Content = [IO.File]::ReadAllBytes('/bin/busybox') }
    & $script 'init' $init.Replace('MODULES', "$Module")
    @{ Name = 'etc/os-release'; Mode = $file; Content = [Text.Encoding]::ASCII.GetBytes("NAME=Tester`nID=tester`nPRETTY_NAME=`"Tester 1`"`n") }
    & $script 'etc/acpi/PWRF/00000080' "#!/bin/busybox sh`npoweroff -f"
    # What the agent runs for guest-shutdown: shutdown -h|-P|-r (qga/commands-posix.c).
    & $script 'sbin/shutdown' "#!/bin/busybox sh`n[ `"`$1`" = -r ] && exec /bin/reboot -f`nexec /bin/poweroff -f"
    # What the agent runs when it has been asked to bring the file systems to rest, and when they go on.
    & $script 'sbin/fsfreeze-hook' "#!/bin/busybox sh`necho `$1 >>/run/fsfreeze"
    foreach ($name in $Module + $SpareModule) { @{ Name = "$name.ko"; Mode = $file; Content = [IO.File]::ReadAllBytes(@([IO.Directory]::GetFiles("$Tree/lib/modules", "$name.ko", 'AllDirectories'))[0]) } }
    $agent = "$Tree/usr/sbin/qemu-ga"
    @{ Name = 'sbin/qemu-ga'; Mode = $program; Content = [IO.File]::ReadAllBytes($agent) }
    foreach ($library in Get-Library $agent) {
        $place = if ([IO.Path]::GetFileName($library) -like 'ld-*') { 'lib64' } else { 'lib' }
        @{ Name = "$place/$([IO.Path]::GetFileName($library))"; Mode = $program; Content = [IO.File]::ReadAllBytes($library) }
    }
}

# Runs a line in the shell of a guest with `shell` and a forward to its port 9, and returns what it printed.
function Invoke-GuestShell([string] $Name, [string] $Line) {
    $port = ((Get-QemuVm $Name).PortForwards | Where-Object GuestPort -EQ 9).HostPort
    $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $port)
    try {
        $request = [Text.Encoding]::ASCII.GetBytes("$Line`nexit`n")
        $client.GetStream().Write($request, 0, $request.Length)
        [IO.StreamReader]::new($client.GetStream()).ReadToEnd()
    }
    finally { $client.Dispose() }
}

# Runs a line in a guest by its agent and returns what it printed. A line that fails is an error.
function Invoke-InGuest([string] $Name, [string] $Line, [int] $TimeoutSeconds = 60) {
    $result = Invoke-QemuGuestCommand $Name sh -ArgumentList '-c', $Line -Timeout $TimeoutSeconds
    if ($result.ExitCode -ne 0) { throw "'$Line' in '$Name' ended with '$($result.ExitCode)': $($result.StandardOutput)$($result.StandardError)" }
    $result.StandardOutput
}

# Loads modules that lie in the guest, in this order.
function Import-GuestModule([string] $Name, [string[]] $Module) { $null = Invoke-InGuest $Name "for module in $Module; do insmod /`$module.ko || exit 1; done" }

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
