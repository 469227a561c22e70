# USB devices: our commands in a warm session against lsusb as a whole process, and against the bare reading of the
# same files, on one tree of 120 devices. The tree is ten times the recorded laptop; lsusb sees it through umockdev.
param([int] $Rounds = 3)

$tools = '/usr/bin/umockdev-run', '/usr/bin/lsusb'
if ($tools | Where-Object { -not [IO.File]::Exists($_) }) {
    Write-Host 'Usb.ps1 needs umockdev and usbutils: sudo apt-get install umockdev usbutils'
    return
}

$laptop = [IO.Path]::GetFullPath("$PSScriptRoot/../tests/fixtures/hosts/laptop")
$folder = [IO.Directory]::CreateTempSubdirectory('qpsbench').FullName
$home0, $root0 = $env:QEMUPS_HOME, $env:QEMUPS_ROOT
$attributes = 'idVendor', 'idProduct', 'busnum', 'devnum', 'product', 'manufacturer', 'serial', 'bDeviceClass', 'speed', 'bMaxPower', 'authorized', 'removable',
    'bInterfaceNumber', 'bAlternateSetting', 'bInterfaceClass', 'bInterfaceSubClass', 'bInterfaceProtocol'

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

# The entries of one folder of the laptop's bus, on another bus.
function Get-Recording([string] $Name, [int] $Shift) {
    $moved = [regex]::Replace($Name, '^(usb)?(\d+)', { param($m) $m.Groups[1].Value + ([int] $m.Groups[2].Value + $Shift) })
    $bus = [int] [regex]::Match($moved, '\d+').Value
    $device = $moved -replace ':.*$'
    $path = "/devices/pci0000:00/0000:00:14.$([int] ($Shift / 2))/usb$bus"
    if ($device -notlike 'usb*') {
        $port = ''
        foreach ($part in ($device -replace '^\d+-').Split('.')) { $port = if ($port) { "$port.$part" } else { $part }; $path += "/$bus-$port" }
    }
    if ($moved -ne $device) { $path += "/$moved" }
    $from = "$laptop/sys/bus/usb/devices/$Name"
    $isInterface = $Name -like '*:*'
    "P: $path"
    if (-not $isInterface) {
        $number = [IO.File]::ReadAllText("$from/devnum").Trim()
        $node = 'bus/usb/{0:d3}/{1:d3}' -f $bus, [int] $number
        "N: $node=00"
        "E: DEVNAME=/dev/$node"
        "E: BUSNUM=$('{0:d3}' -f $bus)"
        "E: DEVNUM=$('{0:d3}' -f [int] $number)"
        'E: MAJOR=189'
        "E: MINOR=$(($bus - 1) * 128 + [int] $number - 1)"
    }
    "E: DEVTYPE=$(if ($isInterface) { 'usb_interface' } else { 'usb_device' })"
    'E: SUBSYSTEM=usb'
    foreach ($file in [IO.Directory]::GetFiles($from) | Sort-Object) {
        $attribute = [IO.Path]::GetFileName($file)
        if ($attribute -in 'uevent', 'dev') { continue }
        if ($attribute -eq 'descriptors') { "H: descriptors=$([Convert]::ToHexString([IO.File]::ReadAllBytes($file)))"; continue }
        $value = if ($attribute -eq 'busnum') { "$bus" } else { [IO.File]::ReadAllText($file).TrimEnd("`n") }
        "A: $attribute=$value\n"
    }
    ''
}

# A line of the table: the medians of both, measured in turn, and the most that was promised.
function Compare-Work([string] $Name, [scriptblock] $Ours, [scriptblock] $Theirs, [double] $AtMost) {
    $a = $b = @()
    # A warm session is one that has been at it for a while: the runtime compiles what is used often once more.
    foreach ($round in 1..30) { $null = & $Ours }
    foreach ($round in 0..$Rounds) {
        $mine = Get-Median @(foreach ($time in 1..5) {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $null = & $Ours
            $watch.Elapsed.TotalMilliseconds
        })
        $other = & $Theirs
        # The first round warms the other side's caches.
        if ($round -gt 0) { $a += $mine; $b += $other }
    }
    $ratio = (Get-Median $a) / (Get-Median $b)
    [pscustomobject]@{ Work = $Name; OursMs = [Math]::Round((Get-Median $a), 1); OtherMs = [Math]::Round((Get-Median $b), 1); Ratio = [Math]::Round($ratio, 3); AtMost = [Math]::Round($AtMost, 3) }
}

# How long a program takes under umockdev, as a whole process, without the seconds that umockdev itself takes to begin.
function Measure-Recorded([string] $Command) {
    $script = "for i in 1 2 3 4 5; do a=`$(date +%s%N); $Command >/dev/null 2>&1; b=`$(date +%s%N); echo `$((b - a)); done"
    (Get-Median @(& umockdev-run -d "$folder/bench.umockdev" -- sh -c $script)) / 1e6
}

try {
    $names = [IO.Directory]::GetFileSystemEntries("$laptop/sys/bus/usb/devices") | ForEach-Object { [IO.Path]::GetFileName($_) } | Sort-Object
    $lines = foreach ($shift in 0..9) { foreach ($name in $names) { Get-Recording $name ($shift * 2) } }
    [IO.File]::WriteAllText("$folder/bench.umockdev", ($lines -join "`n") + "`n")
    & umockdev-run -d "$folder/bench.umockdev" -- sh -c "cp -a `"`$UMOCKDEV_DIR`" '$folder/host'"
    $env:QEMUPS_HOME = "$folder/home"
    $env:QEMUPS_ROOT = "$folder/host"
    $devices = @(Get-UsbDevice -IncludeHub)
    if ($devices.Count -ne 120) { throw "the tree has $($devices.Count) devices instead of 120" }

    $bus = "$folder/host/sys/bus/usb/devices"
    $files = [string[]] @(foreach ($entry in [IO.Directory]::GetFileSystemEntries($bus)) { foreach ($each in $attributes) { if ([IO.File]::Exists("$entry/$each")) { "$entry/$each" } } })
    $read = [Converter[string, byte[]]] [Delegate]::CreateDelegate([Converter[string, byte[]]], [IO.File].GetMethod('ReadAllBytes', [type[]] @([string])))
    $bareRead = {
        Get-Median @(foreach ($time in 1..5) {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $null = [Array]::ConvertAll($files, $read)
            $watch.Elapsed.TotalMilliseconds
        })
    }

    Compare-Work 'Get-UsbDevice, 120 devices : lsusb' { Get-UsbDevice -IncludeHub } { Measure-Recorded lsusb } (1 / 3)
    Compare-Work 'Get-UsbDevice -Detailed : lsusb -v' { Get-UsbDevice -IncludeHub -Detailed } { Measure-Recorded 'lsusb -v' } (1 / 3)
    Compare-Work "Get-UsbDevice : ReadAllBytes of $($files.Count) files" { Get-UsbDevice -IncludeHub } $bareRead 2.0

    # From cold, in a session of its own: the time until the first name is known.
    $ids = '/usr/share/hwdata/usb.ids', '/usr/share/misc/usb.ids', '/var/lib/usbutils/usb.ids' | Where-Object { [IO.File]::Exists($_) } | Select-Object -First 1
    $cold = foreach ($round in 1..5) {
        [double] (& "$PSScriptRoot/../qps" -NoProfile -Command ("`$core = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'QemuPS.Core' }; `$type = `$core.GetType('QemuPS.Devices.Names.IdsFile'); " +
            "`$bytes = [IO.File]::ReadAllBytes('$ids'); `$make = `$type.GetConstructors()[0]; `$find = `$type.GetMethod('Device'); `$watch = [Diagnostics.Stopwatch]::StartNew(); " +
            "`$it = `$make.Invoke([object[]] @(, `$bytes)); `$null = `$find.Invoke(`$it, [object[]] @(0x046d, 0xc31c)); `$watch.Elapsed.TotalMilliseconds"))
    }
    [pscustomobject]@{ Work = 'usb.ids, from cold to the first name (ms)'; OursMs = [Math]::Round((Get-Median $cold), 1); OtherMs = $null; Ratio = $null; AtMost = 15 }
}
finally {
    $env:QEMUPS_HOME, $env:QEMUPS_ROOT = $home0, $root0
    [IO.Directory]::Delete($folder, $true)
}
