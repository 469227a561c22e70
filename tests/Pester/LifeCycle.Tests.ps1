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

    It 'restarts a guest that shuts down by itself' {
        $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
        $null = New-QemuVm -Name linux -Accelerator Tcg -MemoryStartupBytes 256MB -NoDisk -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet'
        Start-QemuVm linux -Paused
        $null = Wait-SerialText linux 'guest is up' -WhenConnected { Resume-QemuVm linux }

        (Restart-QemuVm linux -Timeout 60 -PassThru).State | Should -Be 'Running'
        Stop-QemuVm linux -TurnOff
    }
}

Describe 'Watch-QemuVm' {
    BeforeEach { Start-QemuVm one, two }
    AfterEach { Get-QemuVm -State Running, Paused | Stop-QemuVm -TurnOff }

    It 'shows what happens, and ends when the machine does' {
        # The machine is acted upon by another shell, while this one watches.
        $shell = Start-AnotherShell 'while (-not [IO.File]::Exists("$env:XDG_RUNTIME_DIR/watching")) { [Threading.Thread]::Sleep(20) }; [Threading.Thread]::Sleep(1000); Suspend-QemuVm one; Resume-QemuVm one; Stop-QemuVm one -TurnOff'
        $events = & { [IO.File]::WriteAllText("$TestFolder/watching", ''); Watch-QemuVm one -Timeout 60 }
        $shell.WaitForExit()

        $events.Event | Should -Be 'STOP', 'RESUME', 'SHUTDOWN'
        $events[2].Data.reason | Should -Be 'host-qmp-quit'
        $events.VmName | Sort-Object -Unique | Should -Be 'one'
        $events[0].Timestamp | Should -BeLessThan $events[2].Timestamp
    }

    It 'watches several machines at once, for the events that are asked for' {
        $shell = Start-AnotherShell 'while (-not [IO.File]::Exists("$env:XDG_RUNTIME_DIR/both")) { [Threading.Thread]::Sleep(20) }; [Threading.Thread]::Sleep(1000); Suspend-QemuVm one, two'
        $events = & { [IO.File]::WriteAllText("$TestFolder/both", ''); Watch-QemuVm one, two -EventName ST* -MaxEvents 2 -Timeout 60 }
        $shell.WaitForExit()

        $events.VmName | Sort-Object | Should -Be 'one', 'two'
        $events.Event | Should -Be 'STOP', 'STOP'
    }

    It 'ends when its time is over, without an error' {
        Watch-QemuVm one -Timeout 1 -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'ends when the pipeline has enough' {
        $shell = Start-AnotherShell 'while (-not [IO.File]::Exists("$env:XDG_RUNTIME_DIR/first")) { [Threading.Thread]::Sleep(20) }; [Threading.Thread]::Sleep(1000); Suspend-QemuVm one; Resume-QemuVm one'
        $events = & { [IO.File]::WriteAllText("$TestFolder/first", ''); Watch-QemuVm one -Timeout 60 } | Select-Object -First 1
        $shell.WaitForExit()

        $events.Event | Should -Be 'STOP'
    }

    It 'does not stand in the way of other commands' {
        $shell = Start-AnotherShell 'Watch-QemuVm one -Timeout 3'

        (Invoke-QmpCommand query-status one).status | Should -Be 'running'
        $shell.WaitForExit()
    }

    It 'says that a machine is off' {
        Stop-QemuVm two -TurnOff

        Get-FailureId { Watch-QemuVm two } | Should -Be 'VmNotRunning'
    }
}
