# The host's checks against virt-host-validate (apt-get install libvirt-clients), as a ratio of medians measured in turn in one run.
param([int] $Rounds = 11)

if (-not [IO.File]::Exists('/usr/bin/virt-host-validate')) {
    Write-Host 'virt-host-validate is not installed (apt-get install libvirt-clients): there is nothing to compare with.'
    return
}

function Measure-Once([scriptblock] $Work) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Work
    $watch.Elapsed.TotalMilliseconds
}

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

$ours = $theirs = @()
foreach ($round in 0..$Rounds) {
    $mine = Measure-Once { Test-QemuHost }
    $other = Measure-Once { & virt-host-validate qemu 2>&1 }
    # The first round warms caches and code.
    if ($round -gt 0) { $ours += $mine; $theirs += $other }
}
$mine, $other = (Get-Median $ours), (Get-Median $theirs)
[pscustomobject]@{
    Work = 'Test-QemuHost'; Against = 'virt-host-validate qemu'; OursMs = [Math]::Round($mine, 1); OtherMs = [Math]::Round($other, 1)
    Ratio = [Math]::Round($mine / $other, 2); AtMost = 1; Met = $mine -le $other
}
