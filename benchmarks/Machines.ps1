# Machines: starting one, and looking at a hundred and a thousand, as ratios of medians measured in turn in one run.
# What a hundred running machines are compared with is virsh where libvirtd is installed (apt-get install libvirt-daemon
# libvirt-daemon-driver-qemu libvirt-clients), with as many real domains of its own in a session of its own; a raw client
# that greets the same machines one after the other is shown in any case.
param([int] $Running = 100, [int] $Defined = 1000, [int] $Rounds = 7)

$folder = [IO.Directory]::CreateTempSubdirectory('qpsb').FullName
$home0, $runtime0 = $env:QEMUPS_HOME, $env:XDG_RUNTIME_DIR
$env:QEMUPS_HOME = "$folder/home"
$env:XDG_RUNTIME_DIR = $folder

function Measure-Once([scriptblock] $Work) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Work
    $watch.Elapsed.TotalMilliseconds
}

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

# A line of the table: both in turn, and the most that was promised, as a ratio or in milliseconds.
function Compare-Work([string] $Name, [string] $Against, [scriptblock] $Ours, [scriptblock] $Theirs, [double] $AtMost, [scriptblock] $After = {}) {
    $a = $b = @()
    foreach ($round in 0..$Rounds) {
        $mine = Measure-Once $Ours; & $After
        $other = Measure-Once $Theirs; & $After
        # The first round warms caches and code.
        if ($round -gt 0) { $a += $mine; $b += $other }
    }
    $mine, $other = (Get-Median $a), (Get-Median $b)
    [pscustomobject]@{ Work = $Name; Against = $Against; OursMs = [Math]::Round($mine, 1); OtherMs = [Math]::Round($other, 1); Ratio = [Math]::Round($mine / $other, 3); AtMost = $AtMost; Met = $mine / $other -le $AtMost }
}

function Measure-Work([string] $Name, [string] $Against, [double] $Ms, [double] $AtMostMs) {
    [pscustomobject]@{ Work = $Name; Against = $Against; OursMs = [Math]::Round($Ms, 1); OtherMs = $null; Ratio = $null; AtMost = "$AtMostMs ms"; Met = $Ms -le $AtMostMs }
}

# A client as small as one can be: greeting, negotiation, one question.
function Invoke-RawQmp([string] $Path, [string] $Question) {
    $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
    $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($Path))
    $stream = [Net.Sockets.NetworkStream]::new($socket, $true)
    $reader = [IO.StreamReader]::new($stream)
    $writer = [IO.StreamWriter]::new($stream)
    $writer.AutoFlush = $true
    $null = $reader.ReadLine()
    $writer.WriteLine('{"execute":"qmp_capabilities"}'); $null = $reader.ReadLine()
    $writer.WriteLine("{`"execute`":`"$Question`"}"); $reader.ReadLine()
    $stream.Dispose()
}

# A libvirtd of our own for a user without privileges: it touches nothing of the host's.
function Start-Libvirt {
    if (-not (Get-Command libvirtd, virsh, setpriv -ErrorAction Ignore | Select-Object -Skip 2)) { return }
    $null = [IO.Directory]::CreateDirectory("$folder/lv/home")
    $domains = foreach ($i in 1..$Running) {
        [IO.File]::WriteAllText("$folder/lv/d$i.xml", "<domain type='qemu'><name>d$i</name><memory unit='KiB'>1024</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>")
        "virsh -q -c qemu:///session create --paused $folder/lv/d$i.xml >/dev/null || exit 1"
    }
    $settings = "export HOME=$folder/lv/home XDG_RUNTIME_DIR=$folder/lv XDG_CACHE_HOME=$folder/lv/home XDG_CONFIG_HOME=$folder/lv/home"
    [IO.File]::WriteAllText("$folder/lv/start.sh", "$settings`nlibvirtd >$folder/lv/log 2>&1 & echo `$! >$folder/lv/pid`nuntil virsh -q -c qemu:///session list >/dev/null 2>&1; do sleep 0.1; done`n$($domains -join "`n")`n")
    [IO.File]::WriteAllText("$folder/lv/look.sh", "$settings`nvirsh -c qemu:///session list --all`nfor d in `$(virsh -c qemu:///session list --all --name); do virsh -c qemu:///session dominfo `$d; done`n")
    [IO.File]::WriteAllText("$folder/lv/stop.sh", "$settings`nfor d in `$(virsh -c qemu:///session list --all --name); do virsh -q -c qemu:///session destroy `$d >/dev/null; done`nkill `$(cat $folder/lv/pid)`n")
    & chmod 755 $folder
    & chown -R nobody "$folder/lv"
    & setpriv --reuid=nobody --clear-groups sh "$folder/lv/start.sh"
    $LASTEXITCODE -eq 0
}

try {
    $null = New-QemuVm -Name bench -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    $words = @(ConvertTo-QemuCommandLine bench -Shell Array)
    $socket = (Get-QemuVm bench).QmpSocketPath
    $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($socket))
    Compare-Work 'Start-QemuVm until QMP says running' 'the same argv and a raw handshake' { Start-QemuVm bench -PassThru } {
        & $words[0] $words[1..($words.Count - 1)]
        Invoke-RawQmp $socket 'query-status'
    } 1.25 -After { Stop-QemuVm bench -TurnOff }

    $names = 1..$Running | ForEach-Object { "vm$_" }
    foreach ($name in $names) { $null = New-QemuVm -Name $name -Accelerator Tcg -MemoryStartupBytes 1MB -NoDisk -Vga None }
    Start-QemuVm $names -Paused
    $sockets = (Get-QemuVm $names).QmpSocketPath
    $libvirt = Start-Libvirt
    if ($libvirt) {
        Compare-Work "Get-QemuVm, $Running running" 'virsh list --all and dominfo for each' { Get-QemuVm vm* } { & setpriv --reuid=nobody --clear-groups sh "$folder/lv/look.sh" } 0.2
        & setpriv --reuid=nobody --clear-groups sh "$folder/lv/stop.sh"
    }
    Compare-Work "Get-QemuVm, $Running running" 'raw handshakes one after the other' { Get-QemuVm vm* } { foreach ($path in $sockets) { Invoke-RawQmp $path 'query-status' } } $(if ($libvirt) { [double]::PositiveInfinity } else { 0.2 })

    # Hung for everybody who asks: all its monitors are taken by clients that never leave.
    $all = Get-Median @(1..$Rounds | ForEach-Object { Measure-Once { Get-QemuVm vm* } })
    $clients = foreach ($path in [IO.Directory]::GetFiles([IO.Path]::GetDirectoryName($sockets[0]), '*.sock') | Where-Object { $_ -match '/(qmp|events\d*)\.sock$' }) {
        $client = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $client.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($path))
        $null = $client.Receive([byte[]]::new(1024))
        $client
    }
    $withHung = Measure-Once { $script:states = (Get-QemuVm vm*).State }
    $clients | ForEach-Object { $_.Dispose() }
    if (@($states -eq 'Unresponsive').Count -ne 1) { throw "expected one machine that hangs, not: $($states -join ' ')" }
    Measure-Work "one hung machine among $Running, beyond one timeout of 5 s" 'the same without it' ($withHung - $all - 5000) 100
    & kill -STOP (Get-QemuVm vm1).ProcessId
    $stopped = Get-Median @(1..$Rounds | ForEach-Object { Measure-Once { Get-QemuVm vm* } })
    & kill -CONT (Get-QemuVm vm1).ProcessId
    Measure-Work "one stopped by a signal among $Running, beyond the same without it" 'the same without it' ($stopped - $all) 100
    Stop-QemuVm $names -TurnOff

    $env:QEMUPS_HOME = "$folder/many"
    $one = New-QemuVm -Name defined1 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    $text = [IO.File]::ReadAllText($one.Path)
    foreach ($i in 2..$Defined) {
        $null = [IO.Directory]::CreateDirectory("$folder/many/vms/defined$i")
        [IO.File]::WriteAllText("$folder/many/vms/defined$i/vm.json", $text.Replace('defined1', "defined$i").Replace($one.Id, [guid]::NewGuid()))
    }
    # In a shell of its own: the first look after the import, and those that follow.
    $script = '$times = foreach ($round in 1..8) { $watch = [Diagnostics.Stopwatch]::StartNew(); $count = @(Get-QemuVm).Count; $watch.Elapsed.TotalMilliseconds }; "$count " + ($times -join " ")'
    $said = "$(& "$PSScriptRoot/../qps" -NoProfile -NonInteractive -Command $script)".Split(' ')
    if ($said[0] -ne "$Defined") { throw "expected $Defined machines, not $($said[0])" }
    Measure-Work "Get-QemuVm, $Defined defined, the first look after import" '-' $said[1] 150
    Measure-Work "Get-QemuVm, $Defined defined, once it is warm" '-' (Get-Median ([double[]] $said[2..8])) 150
}
finally {
    Get-QemuVm | Where-Object State -ne Off | Stop-QemuVm -TurnOff
    $env:QEMUPS_HOME, $env:XDG_RUNTIME_DIR = $home0, $runtime0
    [IO.Directory]::Delete($folder, $true)
}
