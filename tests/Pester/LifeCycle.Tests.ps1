BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $null = New-QemuVm -Name one -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    $null = New-QemuVm -Name two -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
}

AfterAll { Exit-TestSession }

Describe 'Suspend-QemuVm and Resume-QemuVm' {
    BeforeAll { Start-QemuVm one }
    AfterAll { Stop-QemuVm one -TurnOff }

    It 'stop the guest and let it go on' {
        (Suspend-QemuVm one -PassThru).State | Should -Be 'Paused'
        (Resume-QemuVm one -PassThru).State | Should -Be 'Running'
    }

    It 'do nothing when there is nothing to do' {
        Resume-QemuVm one
        Suspend-QemuVm one
        Suspend-QemuVm one
        (Get-QemuVm one).State | Should -Be 'Paused'
        Resume-QemuVm one
    }

    It 'change nothing with -WhatIf' {
        Suspend-QemuVm one -WhatIf
        (Get-QemuVm one).State | Should -Be 'Running'
    }

    It 'say that a machine is off' {
        Get-FailureId { Suspend-QemuVm two } | Should -Be 'VmNotRunning'
        Get-FailureId { Resume-QemuVm two } | Should -Be 'VmNotRunning'
    }

    It 'start a machine that waits' {
        Start-QemuVm two -Paused
        (Resume-QemuVm two -PassThru).State | Should -Be 'Running'
        Stop-QemuVm two -TurnOff
    }
}

Describe 'A machine that a shell has started' {
    It 'runs on when the shell is interrupted and its terminal is closed' {
        # A process group of its own, which gets what a terminal sends to all that was started there.
        $shell = Start-AnotherShell -Through setsid 'Start-QemuVm one; "started"; Start-Sleep 600'
        try { $shell.StandardOutput.ReadLine() | Should -Be 'started' }
        finally { foreach ($signal in 'INT', 'HUP', 'KILL') { & kill "-$signal" -- "-$($shell.Id)" 2>&1 | Out-Null } }
        $shell.WaitForExit()

        (Get-QemuVm one).State | Should -Be 'Running'
        Stop-QemuVm one -TurnOff
    }
}

Describe 'Restart-QemuVm' {
    It 'gives the machine a new QEMU' {
        $first = Start-QemuVm one -PassThru
        $second = Restart-QemuVm one -Timeout 1 -Force -PassThru -WarningAction SilentlyContinue
        Stop-QemuVm one -TurnOff

        $second.State | Should -Be 'Running'
        $second.ProcessId | Should -Not -Be $first.ProcessId
        Test-ProcessRuns $first.ProcessId | Should -BeFalse
    }

    It 'leaves a guest running that does not obey' {
        $first = Start-QemuVm one -PassThru

        Get-FailureId { Restart-QemuVm one -Timeout 1 } | Should -Be 'VmShutdownTimeout'
        (Get-QemuVm one).ProcessId | Should -Be $first.ProcessId
        Stop-QemuVm one -TurnOff
    }

    It 'says that a machine is off' {
        Get-FailureId { Restart-QemuVm two } | Should -Be 'VmNotRunning'
    }

    It 'restarts a guest that shuts down by itself, and waits for it' {
        $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
        $null = New-QemuVm -Name linux -Accelerator Tcg -MemoryStartupBytes 256MB -NoDisk -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet'
        Start-QemuVm linux -Wait SerialText -Pattern 'guest is up' -Timeout 90
        $first = (Get-QemuVm linux).ProcessId

        $again = Restart-QemuVm linux -Timeout 60 -Wait -For SerialText -Pattern 'guest is up' -PassThru
        $again.State | Should -Be 'Running'
        $again.ProcessId | Should -Not -Be $first
        Stop-QemuVm linux -TurnOff
    }

    It 'resets the guest in the same QEMU with -Reset, paused or not' {
        $first = Start-QemuVm one -PassThru
        $watch = Start-AnotherShell 'Watch-QemuVm one -EventName RESET -MaxEvents 2 -Timeout 60 | ForEach-Object Event'
        Wait-Watcher one

        (Restart-QemuVm one -Reset -PassThru).ProcessId | Should -Be $first.ProcessId
        Suspend-QemuVm one
        # QEMU calls a guest that stands at its first instruction again "prelaunch".
        (Restart-QemuVm one -Reset -PassThru).State | Should -Be 'Starting'
        $watch.StandardOutput.ReadToEnd().Trim() -split '\s+' | Should -Be 'RESET', 'RESET'
        $watch.WaitForExit()
        Stop-QemuVm one -TurnOff
    }
}

Describe 'Stop-QemuVm' {
    BeforeAll { $null = New-QemuVm -Name q35 -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk }
    BeforeEach { Start-QemuVm one, q35 }
    AfterEach { Get-QemuVm | Where-Object State -ne Off | Stop-QemuVm -TurnOff }

    It 'says which ways it tried when the guest does not obey, and leaves it running' {
        $failure = Get-Failure { Stop-QemuVm q35 -Timeout 1 }
        "$failure" | Should -Match "still runs.*agent: No agent listens in the guest of 'q35'[^.]*; the ACPI power button: pressed 1 time"
        $failure.ErrorDetails.RecommendedAction | Should -Be "Stop-QemuVm 'q35' -TurnOff"
        Get-FailureId { Stop-QemuVm q35 -Method Agent -Timeout 1 } | Should -Be 'VmShutdownTimeout'
        (Get-QemuVm q35).State | Should -Be 'Running'
    }

    It 'goes up every rung with -Force, all machines at once' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $steps = (Stop-QemuVm one, q35 -Force -Timeout 2 -Verbose -WarningAction SilentlyContinue 4>&1) -join "`n"

        $clock.Elapsed.TotalSeconds | Should -BeLessThan 30
        (Get-QemuVm one, q35).State | Should -Be 'Off', 'Off'
        foreach ($name in 'one', 'q35') { $steps | Should -Match "(?s)'$name': pressing the ACPI power button.*'$name': telling QEMU \(pid \d+\) to quit" }
    }

    It 'ends a guest that is paused with -Force or -TurnOff only' {
        Suspend-QemuVm one
        "$(Get-Failure { Stop-QemuVm one -Timeout 1 })" | Should -Match 'not running \(paused\)'
        (Stop-QemuVm one -Force -Timeout 1 -PassThru -WarningAction SilentlyContinue).State | Should -Be 'Off'
        (Stop-QemuVm q35 -TurnOff -PassThru).State | Should -Be 'Off'
    }

    It 'kills a QEMU that hangs, when it may' {
        $hung = (Get-QemuVm one).ProcessId
        & kill -STOP $hung
        $steps = (Stop-QemuVm one -TurnOff -Verbose 3>&1 4>&1) -join "`n"

        $steps | Should -Match '(?s)to quit.*SIGTERM.*SIGKILL'
        Test-ProcessRuns $hung | Should -BeFalse
    }

    It 'works as a job, and for machines that are off' {
        (Stop-QemuVm one -TurnOff -AsJob | Wait-Job | Receive-Job) | Should -BeNullOrEmpty
        (Get-QemuVm one).State | Should -Be 'Off'
        Stop-QemuVm one -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match 'not running'
    }

    It 'is said what cannot be together' {
        Get-FailureId { Stop-QemuVm one -TurnOff -Save } | Should -Be 'InvalidOption'
    }
}

Describe 'Wait-QemuVm' {
    AfterEach { Get-QemuVm | Where-Object State -ne Off | Stop-QemuVm -TurnOff }

    It 'waits for a machine that another shell starts, and for one that is paused' {
        $shell = Start-AnotherShell "(Wait-QemuVm one -For Running -Timeout 60).State; (Wait-QemuVm one -For Shutdown -Timeout 60).State"
        Start-QemuVm one -Paused
        Resume-QemuVm one
        $shell.StandardOutput.ReadLine() | Should -Be 'Running'
        Stop-QemuVm one -TurnOff
        $shell.StandardOutput.ReadLine() | Should -Be 'Off'
        $shell.WaitForExit()
    }

    It 'waits for an event, of all machines at once' {
        Start-QemuVm one, two
        $shell = Start-AnotherShell "(Wait-QemuVm one, two -For QmpEvent -EventName SUSPEND, ST* -Timeout 60).Name"
        Wait-Watcher one
        Wait-Watcher two
        Suspend-QemuVm two, one
        $shell.StandardOutput.ReadToEnd().Trim() -split '\s+' | Sort-Object | Should -Be 'one', 'two'
        $shell.WaitForExit()
    }

    It 'says when the time is over, and when the machine ends first' {
        Start-QemuVm one -Paused
        $failure = Get-Failure { Wait-QemuVm one -For Running -Timeout 1 }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmWaitTimeout'
        "$($failure.CategoryInfo.Category)" | Should -Be 'OperationTimeout'

        $shell = Start-AnotherShell "foreach (`$what in @{ For = 'SerialText'; Pattern = 'never' }, @{ For = 'QmpEvent'; EventName = 'NEVER' }) { Start-QemuVm one -ErrorAction Ignore; 'waiting'; try { Wait-QemuVm one @what -Timeout 60 -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId } }"
        foreach ($target in 'SerialText', 'QmpEvent') {
            $shell.StandardOutput.ReadLine() | Should -Be 'waiting'
            if ($target -eq 'QmpEvent') { Wait-Watcher one }
            Stop-QemuVm one -TurnOff
            $shell.StandardOutput.ReadLine() | Should -Match '^VmNotRunning'
        }
        $shell.WaitForExit()
    }

    It 'is at once where it would wait' {
        (Wait-QemuVm one -For Shutdown).State | Should -Be 'Off'
        Get-FailureId { Wait-QemuVm one -For SerialText -Pattern x } | Should -Be 'VmNotRunning'
        Get-FailureId { Wait-QemuVm one -For Tcp -Port 22 } | Should -Be 'VmNotRunning'
    }

    It 'says what a target needs' {
        Get-FailureId { Wait-QemuVm one -For Tcp } | Should -Be 'InvalidOption'
        Get-FailureId { Wait-QemuVm one -For SerialText } | Should -Be 'InvalidOption'
        Get-FailureId { Wait-QemuVm one -For SerialText -Pattern '(' } | Should -Be 'InvalidOption'
        Get-FailureId { Wait-QemuVm one -For QmpEvent } | Should -Be 'InvalidOption'
        Get-FailureId { Wait-QemuVm one -For Running -Port 5 } | Should -Be 'InvalidOption'
    }
}

Describe 'Watch-QemuVm' {
    BeforeEach { Start-QemuVm one, two }
    AfterEach { Get-QemuVm | Where-Object State -ne Off | Stop-QemuVm -TurnOff }

    It 'shows what happens, through a reboot of the guest, and ends when the machine does' {
        # The machine is acted upon by another shell, while this one watches.
        $shell = Start-ActingShell 'Wait-Watcher one; Suspend-QemuVm one; Resume-QemuVm one; Restart-QemuVm one -Reset; Suspend-QemuVm one; Stop-QemuVm one -TurnOff'
        $events = Watch-QemuVm one -Timeout 60
        $shell.WaitForExit()

        # A guest without a system resets itself again, now and then, before it is suspended.
        $last = ''
        $events.Event | ForEach-Object { if ($_ -ne $last) { $_ }; $last = $_ } | Should -Be 'STOP', 'RESUME', 'RESET', 'STOP', 'SHUTDOWN'
        $events[-1].Data.reason | Should -Be 'host-qmp-quit'
        $events.VmName | Sort-Object -Unique | Should -Be 'one'
        $events[0].Timestamp | Should -BeLessThan $events[-1].Timestamp
    }

    It 'watches several machines at once, for the events that are asked for' {
        $shell = Start-ActingShell 'Wait-Watcher one; Wait-Watcher two; Suspend-QemuVm one, two'
        $events = Watch-QemuVm one, two -EventName ST* -MaxEvents 2 -Timeout 60
        $shell.WaitForExit()

        $events.VmName | Sort-Object | Should -Be 'one', 'two'
        $events.Event | Should -Be 'STOP', 'STOP'
    }

    It 'ends when its time is over, without an error' {
        Watch-QemuVm one -Timeout 1 -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'ends at once when the pipeline has enough' {
        $shell = Start-ActingShell 'Wait-Watcher one; Suspend-QemuVm one; Resume-QemuVm one'
        $events = Watch-QemuVm one -Timeout 60 | Select-Object -First 1
        $ended = [DateTimeOffset]::Now
        $shell.WaitForExit()

        $events.Event | Should -Be 'STOP'
        ($ended - $events.Timestamp).TotalSeconds | Should -BeLessThan 10
    }

    It 'does not stand in the way of others: two watch, one waits, and commands go on' {
        $watchers = 1..2 | ForEach-Object { Start-AnotherShell 'Watch-QemuVm one -EventName STOP -MaxEvents 1 -Timeout 60 | ForEach-Object Event' }
        $waiter = Start-AnotherShell '(Wait-QemuVm one -For QmpEvent -EventName STOP -Timeout 60).Name'
        Wait-Watcher one -Count 3

        $clock = [Diagnostics.Stopwatch]::StartNew()
        1..20 | ForEach-Object { (Invoke-QmpCommand query-status one).status } | Sort-Object -Unique | Should -Be 'running'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        Suspend-QemuVm one
        foreach ($watcher in $watchers) { $watcher.StandardOutput.ReadToEnd().Trim() | Should -Be 'STOP' }
        $waiter.StandardOutput.ReadToEnd().Trim() | Should -Be 'one'
    }

    It 'says that a machine is off' {
        Stop-QemuVm two -TurnOff

        Get-FailureId { Watch-QemuVm two } | Should -Be 'VmNotRunning'
    }
}

Describe 'The files of a running machine' {
    It 'belong to its user alone, whatever the umask' {
        $shell = Start-AnotherShell 'Start-QemuVm one'
        $shell.WaitForExit()
        $folder = [IO.Path]::GetDirectoryName((Get-QemuVm one).QmpSocketPath)

        "$([IO.File]::GetUnixFileMode($folder))" | Should -Be 'UserExecute, UserWrite, UserRead'
        "$([IO.File]::GetUnixFileMode([IO.Path]::GetDirectoryName($folder)))" | Should -Be 'UserExecute, UserWrite, UserRead'
        $modes = [IO.Directory]::GetFiles($folder) | ForEach-Object { "$([IO.File]::GetUnixFileMode($_))" } | Sort-Object -Unique
        $modes | Should -Be 'UserWrite, UserRead'
    }

    It 'and QEMU runs in its sandbox where it was built with one' {
        $status = [IO.File]::ReadAllText("/proc/$((Get-QemuVm one).ProcessId)/status")
        Stop-QemuVm one -TurnOff
        & qemu-system-x86_64 -sandbox on -version > /dev/null 2>&1
        $mode = if ($LASTEXITCODE -eq 0) { 2 } else { 0 }

        $status | Should -Match "Seccomp:\s+$mode"
    }
}
