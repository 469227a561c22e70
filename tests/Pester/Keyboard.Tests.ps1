# What is typed is read from the text screen of a guest that shows it: the command line of iPXE, which every network
# adapter of QEMU brings along.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $null = New-QemuVm -Name typed -Accelerator Tcg -MemoryStartupBytes 64MB -BootOrder Network -NoDisk

    # The characters of a VGA text screen, 80 in a line.
    function Get-ScreenText([string] $Name) {
        $memory = Invoke-QmpCommand $Name -Hmp 'xp /2000xh 0xb8000'
        $characters = foreach ($word in [regex]::Matches($memory, '0x[0-9a-f]{2}([0-9a-f]{2})')) { [char] [Convert]::ToInt32($word.Groups[1].Value, 16) }
        [regex]::Replace(-join $characters, '.{80}', "`$0`n") -replace ' +\n', "`n"
    }

    # Nobody tells when a guest has drawn something.
    function Wait-ScreenText([string] $Name, [string] $Text, [int] $TimeoutSeconds = 60) {
        $end = [datetime]::UtcNow.AddSeconds($TimeoutSeconds)
        while ($true) {
            $screen = Get-ScreenText $Name
            if ($screen.Contains($Text)) { return $screen }
            if ([datetime]::UtcNow -gt $end) { throw "No '$Text' on the screen:`n$screen" }
        }
    }
}

AfterAll { Exit-TestSession }

Describe 'Send-QemuVmKey' {
    BeforeAll {
        Start-QemuVm typed
        $null = Wait-ScreenText typed 'iPXE initialising'
    }

    It 'presses keys together' {
        # The firmware listens for a moment that has no announcement of its own.
        $end = [datetime]::UtcNow.AddSeconds(60)
        do { Send-QemuVmKey typed -Key Ctrl-B } until ((Get-ScreenText typed).Contains('iPXE>') -or [datetime]::UtcNow -gt $end)

        Get-ScreenText typed | Should -Match 'iPXE>'
    }

    It 'types every character of a US keyboard, and ends a line' {
        $text = "The quick BROWN fox; 0123456789 !@#%^&*()_+-=[]:'<>,./?|~"
        Get-QemuVm typed | Send-QemuVmKey -Text "echo $text`n"

        # Once as it was typed, once as it was said.
        $screen = Wait-ScreenText typed "`n$text`n"
        $screen | Should -Match "echo $([regex]::Escape($text))"
    }

    It 'presses nothing of a text or a stroke that it does not have all keys for' {
        Get-FailureId { Send-QemuVmKey typed 'wört' } | Should -Be 'InvalidOption'
        Get-FailureId { Send-QemuVmKey typed -Key Enter, Ctrl-Foo } | Should -Be 'InvalidOption'
        Send-QemuVmKey typed "echo marker`n"

        Wait-ScreenText typed "`nmarker`n" | Should -Not -Match 'echo w|iPXE>\n+iPXE>'
    }

    It 'does not show what it would type, for it may be a password' {
        $shell = Start-AnotherShell "Send-QemuVmKey typed 'geheim' -WhatIf"

        $shell.StandardOutput.ReadToEnd() | Should -BeLike "*Type 6 characters on the keyboard of 'typed'*"
    }

    It 'says that a machine is off' {
        Stop-QemuVm typed -TurnOff

        Get-FailureId { Send-QemuVmKey typed 'x' } | Should -Be 'VmNotRunning'
    }

    It 'completes keys' {
        $line = 'Send-QemuVmKey typed -Key Ctrl-Alt-De'
        [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Contain 'Ctrl-Alt-Delete'
    }
}
