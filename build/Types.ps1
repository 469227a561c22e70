# Writes docs/help/about_QemuPS_Types.md: every public type of the namespace QemuPS with its members, from the XML documentation.
param([string] $Documentation, [string] $Destination)

$ErrorActionPreference = 'Stop'

# What a summary says, without its mark-up.
function Get-Text([Xml.XmlElement] $Element) {
    if (-not $Element) { return '' }
    $text = $Element.InnerXml -replace '<c>(.*?)</c>', '`$1`' -replace '<(?:see|paramref) (?:cref|name)="(?:[A-Z]:)?(?:[\w.]*\.)?(\w+)"\s*/>', '`$1`' -replace '<[^>]+>', ''
    [Net.WebUtility]::HtmlDecode($text) -replace '\s+', ' ' -replace '\|', '\|' | ForEach-Object Trim
}

$xml = [xml] [IO.File]::ReadAllText($Documentation)
$members = @($xml.SelectNodes('//member'))
$lines = @(
    '# about_QemuPS_Types', '', '## Short description', '', 'The objects that the commands take and give, with their properties.', '',
    '## Long description', '', 'Sizes are in bytes unless a name says otherwise. A property without a value could not be read, or does not apply.', '')
foreach ($type in $members | Where-Object { $_.name -cmatch '^T:QemuPS\.\w+$' -and $_.name -cnotmatch '(Exception|IFeedback|NoFeedback)$' } | Sort-Object { $_.name }) {
    $name = $type.name.Substring(2)
    $own = @($members | Where-Object { $_.name -cmatch "^[PF]:$([regex]::Escape($name))\.\w+$" -and $_.SelectSingleNode('summary') })
    $rows = @($type.SelectNodes('param') | ForEach-Object { "| $($_.GetAttribute('name')) | $(Get-Text $_) |" }) +
        @($own | ForEach-Object { "| $($_.name.Substring($name.Length + 3)) | $(Get-Text $_.SelectSingleNode('summary')) |" })
    if ($rows.Count -eq 0) { continue }
    $lines += @("### $name", '', (Get-Text $type.SelectSingleNode('summary')), '', '| Member | |', '|---|---|') + $rows + @('')
}
[IO.File]::WriteAllText($Destination, (($lines + @('## See also', '', 'about_QemuPS', '')) -join "`n"))
