# Runs the checks inside of a machine of the lab. /mnt is the machine's folder outside: results.jsonl there gets a line
# of JSON for each check as soon as it is done.
$ErrorActionPreference = 'Stop'
$lab = [pscustomobject]@{
    Root    = $env:lab_root
    Machine = $env:lab_name
    Wanted  = [IO.File]::ReadAllText('/mnt/checks')
    Results = '/mnt/results.jsonl'
}

. $PSScriptRoot/Words.ps1
. $PSScriptRoot/Monitor.ps1
. $PSScriptRoot/Usb.ps1
. $PSScriptRoot/Gadget.ps1
. $PSScriptRoot/User.ps1
. $PSScriptRoot/Udev.ps1
. $PSScriptRoot/Mdev.ps1
. $PSScriptRoot/../../Pester/Runner/Should.ps1
. $PSScriptRoot/../../Pester/Support/State.ps1

& udevadm settle
Import-Module QemuPS
foreach ($__file in [IO.Directory]::GetFiles("$PSScriptRoot/../Checks", '*.ps1') | Sort-Object) {
    try { . $__file }
    catch { Add-CheckResult "$([IO.Path]::GetFileName($__file)) can be read" failed "$_ $($_.ScriptStackTrace)" 0 }
}
Add-CheckResult 'the end' passed '' 0
