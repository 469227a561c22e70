# What Get-QemuDisk costs over thousands of images, against a shell loop of qemu-img. The loop is timed on some of the
# images and scaled, for it takes the same time for each.
param([int] $Count = 1000, [int] $LoopCount = 100, [int] $ListCount = 100000, [int] $Rounds = 5)

$folder = [IO.Directory]::CreateTempSubdirectory('qpsbench').FullName

function Measure-Once([scriptblock] $Work) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Work
    $watch.Elapsed.TotalMilliseconds
}

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

# The same loop that a person writes: a process for each file.
function Invoke-InfoLoop([string] $Pattern) {
    & sh -c "for f in `$(ls $Pattern | shuf -n $LoopCount --random-source=/bin/true); do qemu-img info --output=json -U `$f >/dev/null; done"
}

function Compare-Listing([string] $Name, [string] $Pattern, [double] $Target, [scriptblock] $Ours) {
    $a = $b = @()
    foreach ($round in 0..$Rounds) {
        $mine = Measure-Once $Ours
        $loop = Measure-Once { Invoke-InfoLoop $Pattern }
        # The first round warms caches and code.
        if ($round -gt 0) { $a += $mine; $b += $loop * $Count / $LoopCount }
    }
    $mine, $theirs = (Get-Median $a), (Get-Median $b)
    [pscustomobject]@{
        Work = $Name; OursMs = [Math]::Round($mine, 1); LoopMs = [Math]::Round($theirs); Times = [Math]::Round($theirs / $mine)
        Ratio = [Math]::Round($mine / $theirs, 5); Target = $Target; Met = $mine / $theirs -le $Target
    }
}

function New-ImageSet([string] $Set, [string[]] $Formats) {
    $null = [IO.Directory]::CreateDirectory("$folder/$Set")
    $each = [Math]::Ceiling($Count / $Formats.Count)
    foreach ($format in $Formats) { & sh -c "for i in `$(seq $each); do qemu-img create -q -f $format $folder/$Set/`$i.$format 1G; done" }
}

# In a shell of its own, so that what it holds is the listing's alone.
function Measure-Memory {
    $script = @'
        $files = [IO.Directory]::GetFiles('FOLDER')
        $passes = [Math]::Ceiling(COUNT / $files.Count)
        function Get-StatusMiB([string] $Name) { [Math]::Round([long]([regex]::Match([IO.File]::ReadAllText('/proc/self/status'), "${Name}:\s+(\d+)").Groups[1].Value) / 1024, 1) }
        $before = Get-StatusMiB VmRSS
        $tenth = 0
        $listed = 0
        & { foreach ($pass in 1..$passes) { $files } } | Get-QemuDisk | ForEach-Object { if (++$listed -eq COUNT / 10) { $tenth = Get-StatusMiB VmRSS } }
        "$listed;$before;$tenth;$(Get-StatusMiB VmRSS);$(Get-StatusMiB VmHWM);$(Get-StatusMiB RssAnon)"
'@
    $said = & "$PSScriptRoot/../qps" -NoProfile -NonInteractive -Command $script.Replace('FOLDER', "$folder/qcow2").Replace('COUNT', "$ListCount")
    $values = "$said".Split(';')
    [pscustomobject]@{
        Listed = [int] $values[0]; ShellBeforeMiB = $values[1]; AfterATenthMiB = $values[2]; AfterAllMiB = $values[3]; PeakMiB = $values[4]; OfItNotFilesMiB = $values[5]
    }
}

try {
    New-ImageSet qcow2 @('qcow2')
    New-ImageSet mixed @('qcow2', 'raw', 'qed', 'vmdk', 'vdi', 'vhdx', 'vpc', 'parallels')
    $paths = [IO.Directory]::GetFiles("$folder/qcow2")

    Compare-Listing "Get-QemuDisk *.qcow2, $Count files" "$folder/qcow2/*" 0.01 { Get-QemuDisk "$folder/qcow2/*.qcow2" }
    Compare-Listing "Get-ChildItem | Get-QemuDisk, $Count qcow2" "$folder/qcow2/*" 0.01 { Get-ChildItem "$folder/qcow2" | Get-QemuDisk }
    Compare-Listing "Get-QemuDisk -LiteralPath, $Count qcow2" "$folder/qcow2/*" 0.01 { Get-QemuDisk -LiteralPath $paths }
    Compare-Listing "Get-QemuDisk *, $Count files of 8 formats" "$folder/mixed/*" 0.02 { Get-QemuDisk "$folder/mixed/*" }
    Measure-Memory
}
finally { [IO.Directory]::Delete($folder, $true) }
