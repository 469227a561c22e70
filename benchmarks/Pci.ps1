# PCI devices and IOMMU groups: our commands in a warm session against lspci as a whole process, and against the loop over
# the groups that is found everywhere, on one made-up tree of 512 functions in 128 groups.
param([int] $Rounds = 5)

if (-not [IO.File]::Exists('/usr/bin/lspci')) {
    Write-Host 'Pci.ps1 needs pciutils: sudo apt-get install pciutils'
    return
}

$folder = [IO.Directory]::CreateTempSubdirectory('qpsbench').FullName
$home0, $root0 = $env:QEMUPS_HOME, $env:QEMUPS_ROOT

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

# 64 root ports with 8 functions each: kinds that pci.ids knows, in groups of four.
function Add-Function([int] $Number) {
    $kinds = '8086 1572 020000 i40e', '144d a80a 010802 nvme', '10de 25b6 030200 nouveau', '1022 7901 010601 ahci', '8086 51ed 0c0330 xhci_hcd', '15b3 1017 020000 mlx5_core'
    $vendor, $device, $class, $driver = $kinds[$Number % $kinds.Count].Split(' ')
    $port = [int][Math]::Floor($Number / 8)
    $address = '0000:{0:x2}:00.{1}' -f ($port + 1), ($Number % 8)
    $below = 'devices/pci0000:00/0000:00:{0:x2}.{1}/{2}' -f [int][Math]::Floor($port / 8 + 1), ($port % 8), $address
    $path = "$folder/sys/$below"
    $null = [IO.Directory]::CreateDirectory($path)
    $files = [ordered]@{
        vendor = "0x$vendor"; device = "0x$device"; class = "0x$class"; subsystem_vendor = '0x8086'; subsystem_device = '0x0001'; revision = '0x02'; irq = '11'
        numa_node = '0'; driver_override = '(null)'; reset_method = 'flr bus'
        resource = (@('0x0000000000000000 0x0000000000000000 0x0000000000000000') * 13) -join "`n"
        uevent = "DRIVER=$driver`nPCI_CLASS=$($class.ToUpperInvariant())`nPCI_ID=$($vendor.ToUpperInvariant()):$($device.ToUpperInvariant())`nPCI_SUBSYS_ID=8086:0001`nPCI_SLOT_NAME=$address"
    }
    foreach ($file in $files.GetEnumerator()) { [IO.File]::WriteAllText("$path/$($file.Key)", "$($file.Value)`n") }
    [IO.File]::WriteAllBytes("$path/config", [byte[]]::new(256))
    $group = [int][Math]::Floor($Number / 4)
    foreach ($each in "bus/pci/drivers/$driver", "kernel/iommu_groups/$group/devices", 'bus/pci/devices') { $null = [IO.Directory]::CreateDirectory("$folder/sys/$each") }
    [IO.File]::WriteAllText("$folder/sys/kernel/iommu_groups/$group/type", "DMA-FQ`n")
    $null = [IO.File]::CreateSymbolicLink("$path/driver", "../../../../bus/pci/drivers/$driver")
    $null = [IO.File]::CreateSymbolicLink("$path/iommu_group", "../../../../kernel/iommu_groups/$group")
    $null = [IO.File]::CreateSymbolicLink("$folder/sys/bus/pci/devices/$address", "../../../$below")
    $null = [IO.File]::CreateSymbolicLink("$folder/sys/kernel/iommu_groups/$group/devices/$address", "../../../../$below")
}

function Measure-Median([scriptblock] $Work) {
    Get-Median @(foreach ($round in 1..$Rounds) {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $null = & $Work
        $watch.Elapsed.TotalMilliseconds
    })
}

# The median of each, measured in turn: what else the machine does hits both.
function Measure-InTurn([scriptblock] $Ours, [scriptblock] $Theirs) {
    $times = [Collections.Generic.List[double]]::new(), [Collections.Generic.List[double]]::new()
    foreach ($round in 1..($Rounds * 3)) {
        foreach ($each in 0, 1) {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $null = & ($Ours, $Theirs)[$each]
            $times[$each].Add($watch.Elapsed.TotalMilliseconds)
        }
    }
    (Get-Median $times[0]), (Get-Median $times[1])
}

function New-Row([string] $Work, [double] $Ours, $Other, $AtMost) {
    [pscustomobject]@{
        Work = $Work; OursMs = [Math]::Round($Ours, 1); OtherMs = if ($null -ne $Other) { [Math]::Round($Other, 1) }
        Ratio = if ($null -ne $Other) { [Math]::Round($Ours / $Other, 3).ToString('0.000') }; AtMost = $AtMost
    }
}

try {
    foreach ($number in 0..511) { Add-Function $number }
    $env:QEMUPS_HOME, $env:QEMUPS_ROOT = "$folder/home", $folder
    $lspci = '/usr/bin/lspci', '-A', 'linux-sysfs', '-O', "sysfs.path=$folder/sys/bus/pci"
    $loop = "for g in $folder/sys/kernel/iommu_groups/*; do echo ""IOMMU Group `${g##*/}:""; for d in `$g/devices/*; do $lspci -nns ""`${d##*/}""; done; done"

    # The session is warm, and both see the same.
    $devices, $groups = @(Get-PciDevice), @(Get-IommuGroup)
    $theirs = @((& '/usr/bin/lspci' '-A' 'linux-sysfs' '-O' "sysfs.path=$folder/sys/bus/pci" '-vmmkD' 2>$null) | Where-Object { $_ -like 'Device:*' })
    $shown = @((& sh -c $loop) | Where-Object { $_ -match '\[[0-9a-f]{4}:[0-9a-f]{4}\]' })
    if ($devices.Count -ne 512 -or $groups.Count -ne 128 -or $theirs.Count -ne 512 -or $shown.Count -ne 512) { throw "not the same was read: $($devices.Count) devices, $($groups.Count) groups, lspci $($theirs.Count), the loop $($shown.Count)" }
    if (Compare-Object @($devices | ForEach-Object Name) @($theirs | ForEach-Object { ($_ -split "`t", 2)[1] })) { throw 'the names differ' }

    # The loop takes seconds; once says enough.
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & sh -c $loop
    $slow = $watch.Elapsed.TotalMilliseconds
    New-Row 'Get-IommuGroup, 512 functions in 128 groups, against the loop with lspci -nns' (Measure-Median { Get-IommuGroup }) $slow '1/50'
    New-Row 'Get-IommuGroup -Detailed, the same' (Measure-Median { Get-IommuGroup -Detailed }) $slow ''
    $ours, $other = Measure-InTurn { Get-PciDevice } { & '/usr/bin/lspci' '-A' 'linux-sysfs' '-O' "sysfs.path=$folder/sys/bus/pci" '-vmmkD' 2>$null }
    New-Row 'Get-PciDevice, 512 functions, against lspci -vmmkD' $ours $other '1/2'

    # pci.ids from cold, in a session of its own: the time until the first name is known.
    $ids = '/usr/share/hwdata/pci.ids', '/usr/share/misc/pci.ids' | Where-Object { [IO.File]::Exists($_) } | Select-Object -First 1
    $cold = foreach ($round in 1..5) {
        [double] (& "$PSScriptRoot/../qps" -NoProfile -Command ("`$core = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'QemuPS.Core' }; `$type = `$core.GetType('QemuPS.Devices.Names.IdsFile'); " +
            "`$bytes = [IO.File]::ReadAllBytes('$ids'); `$make = `$type.GetConstructors()[0]; `$find = `$type.GetMethod('Device'); `$watch = [Diagnostics.Stopwatch]::StartNew(); " +
            "`$it = `$make.Invoke([object[]] @(, `$bytes)); `$null = `$find.Invoke(`$it, [object[]] @(0x8086, 0x1572)); `$watch.Elapsed.TotalMilliseconds"))
    }
    New-Row 'pci.ids, from cold to the first name' (Get-Median $cold) $null '25 ms'
}
finally {
    $env:QEMUPS_HOME, $env:QEMUPS_ROOT = $home0, $root0
    [IO.Directory]::Delete($folder, $true)
}
