# Compiles the Markdown pages to the help file that Get-Help reads.
param([string] $Source, [string] $Destination)

$ErrorActionPreference = 'Stop'
Import-Module Microsoft.PowerShell.PlatyPS
$null = New-Item -ItemType Directory -Force $Destination
$work = Join-Path ([IO.Path]::GetTempPath()) "qemups-help-$([guid]::NewGuid().ToString('N'))"
try {
    Get-ChildItem $Source -Filter '*-*.md' | Sort-Object Name | Import-MarkdownCommandHelp |
        Export-MamlCommandHelp -OutputFolder $work -Force | Out-Null
    $compiled = @([IO.Directory]::GetFiles($work, '*.xml', 'AllDirectories'))
    if ($compiled.Count -ne 1) { throw "PlatyPS made $($compiled.Count) help files; every page has to name the external help file QemuPS.dll-Help.xml" }
    [IO.File]::Copy($compiled[0], (Join-Path $Destination 'QemuPS.dll-Help.xml'), $true)
}
finally {
    if ([IO.Directory]::Exists($work)) { [IO.Directory]::Delete($work, $true) }
}

Get-Item (Join-Path $Destination 'QemuPS.dll-Help.xml')
