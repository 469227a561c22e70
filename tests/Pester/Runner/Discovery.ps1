# The first of two passes: a test file's blocks say what there is, and nothing of it runs but -ForEach, -Skip and
# BeforeDiscovery. The second pass is in Run.ps1.

function New-TestBlock([string] $Name, $Parent, [string[]] $Tag, [bool] $Skip, $Data) {
    [pscustomobject]@{
        Name      = $Name
        Parent    = $Parent
        Tag       = @($Tag) + @(if ($Parent) { $Parent.Tag }) | Where-Object { $_ }
        Skip      = $Skip -or ($Parent -and $Parent.Skip)
        Data      = $Data
        Children  = [Collections.Generic.List[object]]::new()
        BeforeAll = $null; AfterAll = $null; BeforeEach = $null; AfterEach = $null
    }
}

# A file as a tree of blocks and tests.
function Get-TestTree([string] $__Path) {
    $__block = New-TestBlock -Name ''
    . $__Path
    $__block
}

function Add-TestGroup([string] $__Name, [scriptblock] $__Body, [string[]] $__Tag, [bool] $__Skip, [object[]] $__ForEach, [bool] $__HasData) {
    if (-not $__Body) { throw "The block '$__Name' has no body: its opening brace has to be on the same line." }
    $__parent = $__block
    foreach ($__data in @(if ($__HasData) { $__ForEach } else { $null })) {
        $__block = New-TestBlock $__Name $__parent $__Tag $__Skip $(if ($__HasData) { New-TestData $__data })
        $__parent.Children.Add($__block)
        Add-TestGroupContent $__Body $__data
    }
}

# In a scope of its own, so that one turn's variables are not the next one's.
function Add-TestGroupContent([scriptblock] $__Body, $__Data) {
    if ($__Data -is [Collections.IDictionary]) { foreach ($__key in $__Data.Keys) { Set-Variable -Name $__key -Value $__Data[$__key] } }
    , $__Data | ForEach-Object { . $__Body }
}

function New-TestData($Value) { [pscustomobject]@{ Value = $Value } }

function Describe {
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Position = 1)] [scriptblock] $Fixture, [string[]] $Tag, [switch] $Skip, [object[]] $ForEach)
    Add-TestGroup $Name $Fixture $Tag $Skip $ForEach $PSBoundParameters.ContainsKey('ForEach')
}

function Context {
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Position = 1)] [scriptblock] $Fixture, [string[]] $Tag, [switch] $Skip, [object[]] $ForEach)
    Add-TestGroup $Name $Fixture $Tag $Skip $ForEach $PSBoundParameters.ContainsKey('ForEach')
}

function It {
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name,
        [Parameter(Position = 1)] [scriptblock] $Test,
        [string[]] $Tag, [switch] $Skip,
        [Alias('TestCases')] [object[]] $ForEach
    )
    if (-not $Test) { throw "The test '$Name' has no body: its opening brace has to be on the same line." }
    $hasData = $PSBoundParameters.ContainsKey('ForEach')
    foreach ($data in @(if ($hasData) { $ForEach } else { $null })) {
        $__block.Children.Add([pscustomobject]@{
            Name = $Name
            Parent = $__block
            Test = $Test
            Tag = @($Tag) + @($__block.Tag) | Where-Object { $_ }
            Skip = [bool] $Skip -or $__block.Skip
            Data = if ($hasData) { New-TestData $data }
        })
    }
}

function Set-TestSetup([string] $Kind, [scriptblock] $Body) {
    if ($__block.$Kind) { throw "A block can have one $Kind." }
    $__block.$Kind = $Body
}

function BeforeAll([scriptblock] $Body) { Set-TestSetup 'BeforeAll' $Body }
function AfterAll([scriptblock] $Body) { Set-TestSetup 'AfterAll' $Body }
function BeforeEach([scriptblock] $Body) { Set-TestSetup 'BeforeEach' $Body }
function AfterEach([scriptblock] $Body) { Set-TestSetup 'AfterEach' $Body }

# What it defines is for the block around it, not for this function.
function BeforeDiscovery([scriptblock] $__Body) {
    $__own = @(Get-Variable -Scope 0 | ForEach-Object Name) + '__own'
    . $__Body
    foreach ($__variable in Get-Variable -Scope 0) {
        if ($__variable.Name -notin $__own -and $__variable.Name -ne '__variable') { Set-Variable -Name $__variable.Name -Value $__variable.Value -Scope 1 }
    }
}

function Mock { throw 'The runner has no Mock.' }
function InModuleScope { throw 'The runner has no InModuleScope.' }
