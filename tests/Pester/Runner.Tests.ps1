# What the runner promises, told by running small files with it; where Pester is installed, it has to say the same.
BeforeDiscovery {
    $hasPester = [bool] (Get-Module -ListAvailable Pester | Where-Object { $_.Version -ge [version] '5.5.0' })
    $operators = @(
        @{ Passes = '1 | Should -Be 1'; Fails = '1 | Should -Be 2' }
        @{ Passes = '"abc" | Should -Be "ABC"'; Fails = '"abc" | Should -Be "abd"' }
        @{ Passes = '"abc" | Should -BeExactly "abc"'; Fails = '"abc" | Should -BeExactly "ABC"' }
        @{ Passes = '1, 2 | Should -Be 1, 2'; Fails = '1, 2 | Should -Be 1' }
        @{ Passes = '$null | Should -Be $null'; Fails = '$null | Should -Be 0' }
        @{ Passes = '[IO.FileMode]::Open | Should -Be "Open"'; Fails = '[IO.FileMode]::Open | Should -Be "Append"' }
        @{ Passes = '$true | Should -BeTrue'; Fails = '$false | Should -BeTrue' }
        @{ Passes = '$false | Should -BeFalse'; Fails = '$true | Should -BeFalse' }
        @{ Passes = '@() | Should -BeNullOrEmpty'; Fails = '0 | Should -BeNullOrEmpty' }
        @{ Passes = '"" | Should -BeNullOrEmpty'; Fails = '" " | Should -BeNullOrEmpty' }
        @{ Passes = '1 | Should -BeOfType ([int])'; Fails = '1 | Should -BeOfType ([string])' }
        @{ Passes = '2 | Should -BeGreaterThan 1'; Fails = '1 | Should -BeGreaterThan 1' }
        @{ Passes = '1 | Should -BeGreaterOrEqual 1'; Fails = '0 | Should -BeGreaterOrEqual 1' }
        @{ Passes = '1 | Should -BeLessThan 2'; Fails = '2 | Should -BeLessThan 2' }
        @{ Passes = '2 | Should -BeLessOrEqual 2'; Fails = '3 | Should -BeLessOrEqual 2' }
        @{ Passes = '1 | Should -BeIn 1, 2'; Fails = '3 | Should -BeIn 1, 2' }
        @{ Passes = '1, 2 | Should -Contain 2'; Fails = '1, 2 | Should -Contain 3' }
        @{ Passes = '1, 2 | Should -HaveCount 2'; Fails = '1, 2 | Should -HaveCount 1' }
        @{ Passes = '"abc" | Should -Match "^a"'; Fails = '"abc" | Should -Match "^b"' }
        @{ Passes = '"abc" | Should -BeLike "a*"'; Fails = '"abc" | Should -BeLike "b*"' }
        @{ Passes = '"/" | Should -Exist'; Fails = '"/nowhere" | Should -Exist' }
        @{ Passes = '{ throw "x" } | Should -Throw'; Fails = '{ 1 } | Should -Throw' }
        @{ Passes = '{ throw "an x" } | Should -Throw "*x"'; Fails = '{ throw "y" } | Should -Throw "*x"' }
        @{ Passes = '1 | Should -Not -Be 2'; Fails = '1 | Should -Not -Be 1' }
        @{ Passes = '{ 1 } | Should -Not -Throw'; Fails = '{ throw "x" } | Should -Not -Throw' }
    )
}

BeforeAll {
    $invoke = "$PSScriptRoot/Invoke-Tests.ps1"

    # Name and result of each test of a file with this content.
    function Get-Result([string] $Content, [switch] $NoPester = $true) {
        $file = "$TestDrive/Inner.Tests.ps1"
        [IO.File]::WriteAllText($file, $Content)
        $run = & $invoke -Path $file -Output None -NoPester:$NoPester
        $run.Tests | ForEach-Object { '{0}: {1}' -f $_.ExpandedPath, $_.Result }
    }

    $sample = @'
BeforeDiscovery { $cases = @(@{ Name = 'one'; Inner = @{ Value = 1 } }, @{ Name = 'two'; Inner = @{ Value = 2 } }) }
BeforeAll { $file = 'file' }
Describe 'outer' {
    BeforeAll { $outer = 'outer'; $count = 0 }
    BeforeEach { $count++ }
    It 'sees what was set around it' { $file, $outer | Should -Be 'file', 'outer' }
    It 'starts with a fresh count' { $count | Should -Be 1; $count = 9 }
    It 'does not see what another test set' { $count | Should -Be 1 }
    It 'has <Name> and <Inner.Value>' -ForEach $cases { $Name | Should -BeIn 'one', 'two' }
    It 'has <_>' -ForEach 1, 2 { $_ | Should -BeLessThan 2 }
    It 'is skipped' -Skip { throw 'never' }
    It 'skips itself' { Set-ItResult -Skipped -Because 'it can' }
    It 'fails' { 1 | Should -Be 2 }
    It 'throws' { throw 'up' }
    Context 'inner <Name>' -ForEach $cases {
        It 'knows <Name>' { $Name | Should -Not -BeNullOrEmpty }
        AfterEach { if ($Name -eq 'two') { throw 'in AfterEach' } }
    }
    Context 'with a broken setup' {
        BeforeAll { throw 'in BeforeAll' }
        It 'fails with its setup' { 1 | Should -Be 1 }
    }
}
'@
    $expected = @(
        'outer.sees what was set around it: Passed'
        'outer.starts with a fresh count: Passed'
        'outer.does not see what another test set: Passed'
        'outer.has one and 1: Passed'
        'outer.has two and 2: Passed'
        'outer.has 1: Passed'
        'outer.has 2: Failed'
        'outer.is skipped: Skipped'
        'outer.skips itself: Skipped'
        'outer.fails: Failed'
        'outer.throws: Failed'
        'outer.inner one.knows one: Passed'
        'outer.inner two.knows two: Failed'
        'outer.with a broken setup.fails with its setup: Failed'
    )
}

Describe 'The runner' {
    It 'gives each test the name and the result that Pester gives it' {
        Get-Result $sample | Should -Be $expected
    }

    It 'is no different from the installed Pester' -Skip:(-not $hasPester) {
        # Pester cannot run inside of Pester: it is asked in another shell.
        $file = "$TestDrive/Inner.Tests.ps1"
        [IO.File]::WriteAllText($file, $sample)
        $lines = & pwsh -NoProfile -Command "(& '$invoke' -Path '$file' -Output None).Tests | ForEach-Object { '{0}: {1}' -f `$_.ExpandedPath, `$_.Result }"

        $lines | Should -Be $expected
    }

    It 'passes <Passes> and fails <Fails>' -ForEach $operators {
        Get-Result "Describe 'd' { It 'passes' { $Passes }; It 'fails' { $Fails } }" | Should -Be 'd.passes: Passed', 'd.fails: Failed'
    }

    It 'fails a test that uses <What>, which it does not know' -ForEach @(
        @{ What = 'another operator'; Code = '1 | Should -BeNice' }
        @{ What = 'another parameter of Should'; Code = '1 | Should -Be 1 -Kindly' }
        @{ What = 'Mock'; Code = 'Mock Get-Item { }' }
    ) {
        Get-Result "Describe 'd' { It 'fails' { $Code } }" | Should -Be 'd.fails: Failed'
    }

    It 'fails a test that leaves with break, and goes on with the next' {
        Get-Result "Describe 'd' { It 'leaves' { break }; It 'goes on' { 1 | Should -Be 1 } }" | Should -Be 'd.leaves: Failed', 'd.goes on: Passed'
    }

    It 'counts a file that it cannot read as a failure' {
        Get-Result 'Describe {' | Should -Be 'Inner.Tests.ps1: Failed'
    }

    It 'runs only the tests that are asked for' {
        $file = "$TestDrive/Inner.Tests.ps1"
        [IO.File]::WriteAllText($file, "Describe 'd' { It 'a' -Tag slow { }; It 'b' { } }")

        (& $invoke -Path $file -Output None -NoPester -ExcludeTag slow).Tests.ExpandedPath | Should -Be 'd.b'
        (& $invoke -Path $file -Output None -NoPester -FullName '*a').Tests.ExpandedPath | Should -Be 'd.a'
    }
}
