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

Describe 'The log of a serial port' {
    BeforeAll {
        Start-QemuVm con
        $Log = [IO.Path]::GetDirectoryName((Get-QemuVm con).QmpSocketPath) + '/serial.log'
        $Port = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $Port.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new([IO.Path]::GetDirectoryName($Log) + '/serial.sock'))
        function Send-Line([string] $Line) { $null = $Port.Send([Text.Encoding]::ASCII.GetBytes("$Line`n")) }
        function Get-DiskUsage { [long] (& stat -c %b $Log) * 512 }
        $null = Wait-QemuVm con -For SerialText -Pattern '# ' -Timeout 60
    }

    AfterAll {
        $Port.Dispose()
        Stop-QemuVm con -TurnOff
    }

    It 'gives its older part up when told, while the guest writes and others read' {
        Send-Line "yes noise | head -n 20000; echo FIRST''END"
        # The pipe of the socket would stop the guest: what it says has to be taken.
        $buffer = [byte[]]::new(65536)
        $read = ''
        while (-not $read.Contains('FIRSTEND')) { $read = $read.Substring([Math]::Max(0, $read.Length - 20)) + [Text.Encoding]::ASCII.GetString($buffer, 0, $Port.Receive($buffer)) }
        $before = Get-DiskUsage
        $before | Should -BeGreaterThan 100000
        Repair-QemuVm con | Should -BeNullOrEmpty
        (Repair-QemuVm con -SerialLogLimitBytes 64KB -WhatIf).Done | Should -BeFalse
        Get-DiskUsage | Should -Be $before

        $done = Repair-QemuVm con -SerialLogLimitBytes 64KB
        $done.Action | Should -Be 'TrimSerialLog'
        $done.Done | Should -BeTrue
        Get-DiskUsage | Should -BeLessThan 65536
        [IO.FileInfo]::new($Log).Length | Should -BeGreaterThan 100000
        Repair-QemuVm con -SerialLogLimitBytes 64KB | Should -BeNullOrEmpty

        # QEMU writes on, at its own place.
        Send-Line "echo SECOND''END"
        $null = Wait-QemuVm con -For SerialText -Pattern '^SECONDEND' -Timeout 30
        $null = Wait-QemuVm con -For SerialText -Pattern '^FIRSTEND' -Timeout 30
        $text = [Text.Encoding]::ASCII.GetString([IO.File]::ReadAllBytes($Log)).TrimStart([char] 0)
        $text | Should -Match '(?s)^[a-z\r\n]*noise\r\nnoise.*FIRSTEND.*SECONDEND'
        $text.Contains([char] 0) | Should -BeFalse
    }

    It 'is told of by Get-QemuVm when it is longer than 64 MiB' {
        $tail = [IO.File]::Open($Log, 'Open', 'Write', 'ReadWrite')
        $null = $tail.Seek(0, 'End')
        $tail.Write([byte[]]::new(65MB), 0, 65MB)
        $tail.Dispose()
        (Get-QemuVm con).Status | Should -Match '^running; the log of its serial port takes 6\d\.?\d? MiB \(Repair-QemuVm con'
        (Repair-QemuVm con).Done | Should -BeTrue
        (Get-QemuVm con).Status | Should -Be 'running'
        Get-DiskUsage | Should -BeLessThan 33MB
    }
}
