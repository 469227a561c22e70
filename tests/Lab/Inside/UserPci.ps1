# What an ordinary user of a lab machine sees who starts machines with PCI devices: one JSON text.
param([string] $Denied, [string] $Allowed)

$ErrorActionPreference = 'Stop'
Import-Module QemuPS

function Get-Start([string] $Name) {
    try { Start-QemuVm $Name } catch { [pscustomobject]@{ id = $_.FullyQualifiedErrorId; message = "$_"; action = $_.ErrorDetails.RecommendedAction } }
}

foreach ($each in @{ denied = $Denied; allowed = $Allowed }.GetEnumerator()) {
    $null = New-QemuVm $each.Key -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    Get-PciDevice $each.Value | Add-VmPciPassthrough $each.Key -WarningAction SilentlyContinue
}
$deniedSaid = Get-Start denied
$allowedSaid = Get-Start allowed
$state = if ($allowedSaid) { $allowedSaid } else { "$((Get-VmPciPassthrough allowed).State)" }
Stop-QemuVm allowed -TurnOff

# Anybody may lower what they may lock, and nobody but root raise it again (setrlimit(2)).
& prlimit --pid $PID '--memlock=8388608:8388608'
[pscustomobject]@{ denied = $deniedSaid; state = $state; limit = Get-Start allowed } | ConvertTo-Json -Compress -Depth 4
