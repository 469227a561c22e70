BeforeDiscovery {
    $commands = Get-Command -Module QemuPS -CommandType Cmdlet
    if (-not $commands) { Import-Module QemuPS; $commands = Get-Command -Module QemuPS -CommandType Cmdlet }
    $cases = @($commands | ForEach-Object { @{ Name = $_.Name } })
}

BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Import-Module QemuPS
    $module = Get-Module QemuPS

    $common = 'Verbose', 'Debug', 'ErrorAction', 'WarningAction', 'InformationAction', 'ProgressAction', 'ErrorVariable',
        'WarningVariable', 'InformationVariable', 'OutVariable', 'OutBuffer', 'PipelineVariable'

    # A cmdlet's own parameters, each as a line that says all about it.
    function Get-RealParameter([string] $Name) {
        (Get-Command $Name).Parameters.Values | Where-Object Name -NotIn $common | Sort-Object Name | ForEach-Object {
            $type = $_.ParameterType.FullName -replace '^System\.Nullable`1\[\[([^,]+),.*', 'System.Nullable`1[$1]'
            $wildcards = [bool] @($_.Attributes | Where-Object { $_ -is [Management.Automation.SupportsWildcardsAttribute] }).Count
            $sets = $_.ParameterSets.GetEnumerator() | Sort-Object Key | ForEach-Object {
                $set = if ($_.Key -eq '__AllParameterSets') { '(All)' } else { $_.Key }
                $position = if ($_.Value.Position -lt 0) { 'Named' } else { $_.Value.Position }
                "$set position=$position required=$($_.Value.IsMandatory) value=$($_.Value.ValueFromPipeline) property=$($_.Value.ValueFromPipelineByPropertyName)"
            }
            "$($_.Name) $type wildcards=$wildcards aliases=$($_.Aliases -join ',') $($sets -join '; ')"
        }
    }

    # The same from the cmdlet's page.
    function Get-PageParameter([string] $Name) {
        $page = [IO.File]::ReadAllText("$RepositoryRoot/docs/help/$Name.md")
        $found = [regex]::Matches($page, '(?ms)^### -(?<name>\w+)\n.*?^```yaml\n(?<yaml>.*?)^```')
        $found | Sort-Object { $_.Groups['name'].Value } | ForEach-Object {
            $yaml = $_.Groups['yaml'].Value
            $aliases = [regex]::Match($yaml, '(?m)^Aliases:\n((?:- .*\n)+)').Groups[1].Value -split "`n" | Where-Object { $_ } | ForEach-Object { $_.Substring(2) }
            $sets = [regex]::Matches($yaml, '- Name: (.*)\n\s+Position: (.*)\n\s+IsRequired: (.*)\n\s+ValueFromPipeline: (.*)\n\s+ValueFromPipelineByPropertyName: (.*)\n') |
                Sort-Object { $_.Groups[1].Value } | ForEach-Object {
                    $values = 1..5 | ForEach-Object -Begin { $match = $_ } -Process { $match.Groups[$_].Value }
                    "$($values[0]) position=$($values[1]) required=$($values[2]) value=$($values[3]) property=$($values[4])"
                }
            $type = [regex]::Match($yaml, '(?m)^Type: (.*)$').Groups[1].Value
            $wildcards = [regex]::Match($yaml, '(?m)^SupportsWildcards: (.*)$').Groups[1].Value
            "$($_.Groups['name'].Value) $type wildcards=$wildcards aliases=$($aliases -join ',') $($sets -join '; ')"
        }
    }

    # The words of a text, whatever the white space and the mark-up between them.
    function Get-Word([string] $Text) { ($Text -replace '[`*]|\[([^\]]*)\]\([^)]*\)', '$1') -replace '\s+', ' ' -replace '\\', '' }
}

Describe 'The module' {
    It 'exports what its assembly has, no more and no less' {
        $types = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'QemuPS' } | Select-Object -First 1
        $built = $types.GetExportedTypes() | ForEach-Object { $_.GetCustomAttributes([Management.Automation.CmdletAttribute], $false) } |
            ForEach-Object { "$($_.VerbName)-$($_.NounName)" } | Sort-Object

        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be $built
    }

    It 'has the version of its folder' {
        [IO.Path]::GetFileName($module.ModuleBase) | Should -Be $module.Version.ToString()
    }

    It 'is imported from its folder by a new shell' {
        $shell = Start-AnotherShell "Remove-Module QemuPS; Import-Module '$($module.ModuleBase)/QemuPS.psd1'; (Get-Module QemuPS).ModuleBase; (Get-QemuVm nothing*).Count"

        $shell.StandardOutput.ReadToEnd().Trim() -split "`n" | Should -Be $module.ModuleBase, '0'
    }

    It 'uses approved verbs only' {
        $approved = [Management.Automation.VerbsCommon], [Management.Automation.VerbsData], [Management.Automation.VerbsLifecycle],
            [Management.Automation.VerbsDiagnostic], [Management.Automation.VerbsCommunications], [Management.Automation.VerbsSecurity], [Management.Automation.VerbsOther] |
            ForEach-Object { $_.GetFields().Name }

        $module.ExportedCmdlets.Values.Verb | Where-Object { $_ -cnotin $approved } | Should -BeNullOrEmpty
    }

    It 'describes every type of its own that a cmdlet writes, and every property of it' {
        $page = (Get-Help about_QemuPS_Types | Out-String)
        $types = $module.ExportedCmdlets.Values | ForEach-Object { $_.OutputType.Type } | Where-Object { $_ -and $_.Namespace -eq 'QemuPS' } | Sort-Object FullName -Unique
        $types.Count | Should -BeGreaterThan 10
        foreach ($type in $types) {
            $described = [regex]::Match($page, "(?ms)^### $([regex]::Escape($type.FullName))\r?\n(.*?)(?=^### |\z)").Groups[1].Value
            $described | Should -Not -BeNullOrEmpty -Because $type.FullName
            foreach ($property in $type.GetProperties()) { $described | Should -Match "(?m)^\| $($property.Name) \| \S" -Because "$type.$($property.Name)" }
        }
    }

    It 'names each cmdlet once in the README''s table, and no other' {
        $readme = [IO.File]::ReadAllText("$RepositoryRoot/README.md")
        $table = [regex]::Match($readme, '(?ms)^\| Family \| Commands \|\n(.*?)\n\n').Groups[1].Value

        [regex]::Matches($table, '`(\w+-\w+)`') | ForEach-Object { $_.Groups[1].Value } | Sort-Object | Should -Be ($module.ExportedCmdlets.Keys | Sort-Object)
    }

    It 'has a page for each cmdlet and no other' {
        [IO.Directory]::GetFiles("$RepositoryRoot/docs/help", '*-*.md') | ForEach-Object { [IO.Path]::GetFileNameWithoutExtension($_) } | Sort-Object |
            Should -Be ($module.ExportedCmdlets.Keys | Sort-Object)
    }
}

Describe 'The help of <Name>' -ForEach $cases {
    It 'has the parameters that the cmdlet has' {
        Get-PageParameter $Name | Should -Be (Get-RealParameter $Name)
    }

    It 'has the syntax that the cmdlet has' {
        $page = [IO.File]::ReadAllText("$RepositoryRoot/docs/help/$Name.md")
        $written = [regex]::Matches($page, "(?ms)^``````\n($Name .*?)\n``````") | ForEach-Object { $_.Groups[1].Value -replace '\s+', ' ' } | Sort-Object

        $written | Should -Be ((Get-Command $Name).ParameterSets | ForEach-Object { "$Name $_" -replace '\s+', ' ' } | Sort-Object)
    }

    It 'is complete, and its examples are PowerShell' {
        $page = [IO.File]::ReadAllText("$RepositoryRoot/docs/help/$Name.md")
        $examples = [regex]::Matches($page, '(?ms)^```powershell\n(.*?)^```')

        $page | Should -Not -Match '\{\{|summary>|\[Cmdlet'
        $examples.Count | Should -BeGreaterThan 0
        foreach ($example in $examples) {
            $errors = $null
            $tree = [Management.Automation.Language.Parser]::ParseInput($example.Groups[1].Value, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
            $called = $tree.FindAll({ param($node) $node -is [Management.Automation.Language.CommandAst] }, $true) | ForEach-Object GetCommandName
            foreach ($command in $called | Where-Object { $_ -match '-(Qemu|Usb|Vm|Iommu|Qmp)' }) { $module.ExportedCmdlets.Keys | Should -Contain $command }
            $called | Should -Contain $Name
        }
    }

    It 'is compiled as it is written' {
        $page = [IO.File]::ReadAllText("$RepositoryRoot/docs/help/$Name.md")
        $help = Get-Help $Name -Full
        $description = [regex]::Match($page, '(?ms)^## DESCRIPTION\n(.*?)^## EXAMPLES').Groups[1].Value.Trim()
        $synopsis = [regex]::Match($page, '(?ms)^## SYNOPSIS\n(.*?)^## SYNTAX').Groups[1].Value.Trim()

        Get-Word $help.Synopsis | Should -Be (Get-Word $synopsis)
        Get-Word (($help.description | ForEach-Object { $_.Text }) -join ' ').Trim() | Should -Be (Get-Word $description)
        @($help.examples.example).Count | Should -Be ([regex]::Matches($page, '(?m)^### Example ').Count)
        $help.parameters.parameter.name | Sort-Object | Should -Be ([regex]::Matches($page, '(?m)^### -(\w+)$') | ForEach-Object { $_.Groups[1].Value } | Sort-Object)
        foreach ($parameter in $help.parameters.parameter) {
            $text = [regex]::Match($page, "(?ms)^### -$($parameter.name)\n\n(.*?)\n\n``````yaml").Groups[1].Value
            Get-Word (($parameter.description | ForEach-Object { $_.Text }) -join ' ').Trim() | Should -Be (Get-Word $text)
        }
    }
}
