# What making and converting images costs over qemu-img by hand, as ratios of medians measured in turn in one run.
param([int] $Count = 200, [int] $SizeMiB = 2048, [int] $Rounds = 5)

$folder = [IO.Directory]::CreateTempSubdirectory('qpsbench').FullName

function Measure-Once([scriptblock] $Work) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Work
    $watch.Elapsed.TotalMilliseconds
}

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

# All of them in turn, round by round, so that a machine that gets slower is slower for all.
function Compare-Work([scriptblock] $ByHand, [Collections.Specialized.OrderedDictionary] $Ours, [scriptblock] $After) {
    $times = @{}
    foreach ($round in 0..$Rounds) {
        $hand = Measure-Once $ByHand; & $After
        foreach ($name in $Ours.Keys) {
            $mine = Measure-Once $Ours[$name].Work; & $After
            # The first round warms caches and code.
            if ($round -gt 0) { $times[$name] += , @($mine, $hand) }
        }
    }

    foreach ($name in $Ours.Keys) {
        $mine, $hand = (Get-Median ($times[$name] | ForEach-Object { $_[0] })), (Get-Median ($times[$name] | ForEach-Object { $_[1] }))
        $ratio = $mine / $hand
        [pscustomobject]@{ Work = $name; OursMs = [Math]::Round($mine); ByHandMs = [Math]::Round($hand); Ratio = [Math]::Round($ratio, 3); Target = $Ours[$name].Target; Met = $ratio -le $Ours[$name].Target }
    }
}

try {
    $paths = 1..$Count | ForEach-Object { "$folder/new$_.qcow2" }
    Compare-Work { & sh -c "for i in `$(seq $Count); do qemu-img create -q -f qcow2 $folder/new`$i.qcow2 1073741824; done" } ([ordered]@{
            "New-QemuDisk, $Count in one pipeline" = @{ Work = { $paths | New-QemuDisk -SizeBytes 1GB }; Target = 1.1 }
            "New-QemuDisk -ThrottleLimit 2, $Count" = @{ Work = { $paths | New-QemuDisk -SizeBytes 1GB -ThrottleLimit 2 }; Target = 0.65 }
        }) { [IO.Directory]::GetFiles($folder, 'new*') | ForEach-Object { [IO.File]::Delete($_) } }

    & sh -c "head -c ${SizeMiB}M /dev/urandom >$folder/random.raw && qemu-img convert -f raw -O qcow2 $folder/random.raw $folder/random.qcow2 && rm $folder/random.raw"
    Compare-Work { & qemu-img convert -p -f qcow2 -O qcow2 "$folder/random.qcow2" "$folder/copy.qcow2" } ([ordered]@{
            "Convert-QemuDisk, $SizeMiB MiB of random data" = @{ Work = { Convert-QemuDisk "$folder/random.qcow2" "$folder/copy.qcow2" }; Target = 1.03 }
        }) { [IO.File]::Delete("$folder/copy.qcow2") }
}
finally { [IO.Directory]::Delete($folder, $true) }
