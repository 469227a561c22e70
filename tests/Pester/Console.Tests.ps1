# A person at a terminal: script(1) makes one.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
    # A shell is all that the kernel starts.
    $null = New-QemuVm -Name con -Accelerator Tcg -MemoryStartupBytes 256MB -NoDisk -Network None -KernelPath $guest.Kernel -InitrdPath $guest.Initrd `
        -KernelCommandLine 'console=ttyS0 quiet rdinit=/bin/busybox -- sh'

    function Start-Terminal([string] $Command) {
        $engine = if ([Reflection.Assembly]::GetEntryAssembly().GetName().Name -eq 'pwsh') { 'pwsh' } else { 'embedded' }
        $line = "exec env QPS_ENGINE=$engine '$RepositoryRoot/qps' -NoProfile -Command '$($Command.Replace("'", "'\''"))'"
        $start = [Diagnostics.ProcessStartInfo]::new('script')
        foreach ($argument in '--quiet', '--return', '--command', $line, '/dev/null') { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        [Diagnostics.Process]::Start($start)
    }

    # Reads what the terminal shows until a text comes.
    function Wait-TerminalText([Diagnostics.Process] $Terminal, [string] $Text) {
        $read = ''
        $buffer = [char[]]::new(1024)
        while (-not $read.Contains($Text)) {
            $reading = $Terminal.StandardOutput.ReadAsync($buffer, 0, $buffer.Length)
            if (-not $reading.Wait(60000) -or $reading.Result -eq 0) { throw "No '$Text' on the terminal: $read" }
            $read += [string]::new($buffer, 0, $reading.Result)
        }
        $read
    }

    function Send-Keys([Diagnostics.Process] $Terminal, [string] $Keys) {
        $Terminal.StandardInput.Write($Keys)
        $Terminal.StandardInput.Flush()
    }
}

AfterAll { Exit-TestSession }

Describe 'Enter-QemuVmConsole' {
    BeforeAll { Start-QemuVm con }

    It 'gives every key to the guest, Ctrl+C too, until the escape key' {
        $terminal = Start-Terminal "Enter-QemuVmConsole con; 'left' + 'it'"
        $null = Wait-TerminalText $terminal 'leaves it.'
        Send-Keys $terminal "`n"
        $null = Wait-TerminalText $terminal '# '
        Send-Keys $terminal "echo `$((6*7))`n"
        $null = Wait-TerminalText $terminal '42'
        Send-Keys $terminal ([string] [char] 3)
        $null = Wait-TerminalText $terminal '# '
        Send-Keys $terminal ([string] [char] 0x1d)

        Wait-TerminalText $terminal 'leftit' | Should -Match 'leftit'
        $terminal.WaitForExit(30000) | Should -BeTrue
        $terminal.ExitCode | Should -Be 0
    }

    It 'says that somebody else sits there' {
        $first = Start-Terminal "Enter-QemuVmConsole con -EscapeKey Ctrl+A"
        $null = Wait-TerminalText $first 'leaves it.'
        Send-Keys $first "`n"
        $null = Wait-TerminalText $first '# '
        $second = Start-Terminal 'try { Enter-QemuVmConsole con -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }'

        Wait-TerminalText $second 'VmBusy' | Should -Match 'VmBusy,'
        Send-Keys $first ([string] [char] 1)
        $first.WaitForExit(30000) | Should -BeTrue
    }

    It 'ends when the machine ends' {
        $terminal = Start-Terminal 'Enter-QemuVmConsole con'
        $null = Wait-TerminalText $terminal 'leaves it.'
        Send-Keys $terminal "`n"
        $null = Wait-TerminalText $terminal '# '
        Stop-QemuVm con -TurnOff

        Wait-TerminalText $terminal "'con' has ended" | Should -Match 'has ended'
    }

    It 'says that there is no terminal, and that a machine is off' {
        $shell = Start-AnotherShell 'try { Enter-QemuVmConsole con -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }'
        $shell.StandardOutput.ReadToEnd() | Should -Match 'NotSupported,'

        $terminal = Start-Terminal 'try { Enter-QemuVmConsole con -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }'
        Wait-TerminalText $terminal 'VmNotRunning' | Should -Match 'VmNotRunning,'
    }
}
