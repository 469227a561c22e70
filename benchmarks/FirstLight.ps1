# What our commands cost over the same work done by hand, as ratios of medians measured in turn in one run.
param([int] $Rounds = 7)

$folder = [IO.Directory]::CreateTempSubdirectory('qpsbench').FullName
$home0, $runtime0 = $env:QEMUPS_HOME, $env:XDG_RUNTIME_DIR
$env:QEMUPS_HOME = "$folder/home"
$env:XDG_RUNTIME_DIR = $folder

function Measure-Once([scriptblock] $Work) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Work
    $watch.Elapsed.TotalMilliseconds
}

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

function Compare-Work([string] $Name, [scriptblock] $Ours, [scriptblock] $Theirs, [scriptblock] $After = {}) {
    $a = $b = @()
    foreach ($round in 0..$Rounds) {
        $mine = Measure-Once $Ours; & $After
        $other = Measure-Once $Theirs; & $After
        # The first round warms caches and code.
        if ($round -gt 0) { $a += $mine; $b += $other }
    }
    [pscustomobject]@{ Work = $Name; OursMs = [Math]::Round((Get-Median $a), 1); ByHandMs = [Math]::Round((Get-Median $b), 1); Ratio = [Math]::Round((Get-Median $a) / (Get-Median $b), 2) }
}

# A client as small as one can be: greeting, negotiation, one question.
function Invoke-RawQmp([string] $Path, [string] $Question) {
    $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
    $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($Path))
    $stream = [Net.Sockets.NetworkStream]::new($socket, $true)
    $reader = [IO.StreamReader]::new($stream)
    $writer = [IO.StreamWriter]::new($stream)
    $writer.AutoFlush = $true
    $reader.ReadLine()
    $writer.WriteLine('{"execute":"qmp_capabilities"}'); $reader.ReadLine()
    $writer.WriteLine("{`"execute`":`"$Question`"}"); $reader.ReadLine()
    $stream.Dispose()
}

try {
    $null = New-QemuVm -Name bench -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    $words = @(ConvertTo-QemuCommandLine bench -Shell Array)
    $sockets = [IO.Path]::GetDirectoryName((Get-QemuVm bench).QmpSocketPath)
    $null = [IO.Directory]::CreateDirectory($sockets)

    Compare-Work 'New-QemuDisk, one qcow2' { New-QemuDisk "$folder/ours.qcow2" 1GB -Force } { & qemu-img create -q -f qcow2 "$folder/hand.qcow2" 1G }
    Compare-Work 'Get-QemuDisk, one qcow2' { Get-QemuDisk "$folder/ours.qcow2" } { & qemu-img info --output=json -U "$folder/ours.qcow2" }
    Compare-Work 'Start-QemuVm until QMP says running' { Start-QemuVm bench -PassThru } {
        & $words[0] $words[1..($words.Count - 1)]
        Invoke-RawQmp "$sockets/qmp.sock" 'query-status'
    } -After { Stop-QemuVm bench -TurnOff }

    Start-QemuVm bench
    Compare-Work 'Get-QemuVm, one running machine' { Get-QemuVm bench } { Invoke-RawQmp "$sockets/qmp.sock" 'query-status' }
    Stop-QemuVm bench -TurnOff
}
finally {
    $env:QEMUPS_HOME, $env:XDG_RUNTIME_DIR = $home0, $runtime0
    [IO.Directory]::Delete($folder, $true)
}
