BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $null = New-QemuVm -Name fw -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk -PortForward 0:22

    # A listener of this test's own, on a port that the kernel picks.
    function New-Listener {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $listener
    }

    function Test-PortOpen([int] $Port) {
        $client = [Net.Sockets.TcpClient]::new()
        try { $client.Connect('127.0.0.1', $Port); $true } catch { $false } finally { $client.Dispose() }
    }
}

AfterAll { Exit-TestSession }

Describe 'Port forwards of a machine that is off' {
    It 'are in its definition: added, shown, taken away' {
        $added = Add-QemuVmPortForward fw 80 8080
        $all = Get-QemuVmPortForward fw

        "$added" | Should -Be 'tcp/127.0.0.1:8080:80'
        $added.IsListening | Should -BeFalse
        $all.GuestPort | Sort-Object | Should -Be 22, 80
        (Get-QemuVmPortForward fw -GuestPort 80).HostPort | Should -Be 8080
        Get-QemuVmPortForward fw -GuestPort 80 | Remove-QemuVmPortForward
        (Get-QemuVmPortForward fw).GuestPort | Should -Be 22
    }

    It 'are refused twice for one port, for machines without a user-mode network, and for adapters that are not there' {
        $null = Add-QemuVmPortForward fw 80 8081
        Get-FailureId { Add-QemuVmPortForward fw 81 8081 } | Should -Be 'PortInUse'
        $null = New-QemuVm -Name offline -NoDisk -Network None
        Get-FailureId { Add-QemuVmPortForward offline 22 } | Should -Be 'NetworkUnavailable'
        Get-FailureId { Add-QemuVmPortForward fw 22 -Adapter net7 } | Should -Be 'NetworkUnavailable'
        Get-FailureId { Add-QemuVmPortForward fw 22 -Live } | Should -Be 'VmNotRunning'
        Get-QemuVmPortForward fw -GuestPort 80 | Remove-QemuVmPortForward
    }

    It 'are not changed with -WhatIf' {
        Add-QemuVmPortForward fw 99 -WhatIf | Should -BeNullOrEmpty
        Get-QemuVmPortForward fw | Remove-QemuVmPortForward -WhatIf
        (Get-QemuVmPortForward fw).GuestPort | Should -Be 22
    }
}

Describe 'Port forwards of a running machine' {
    BeforeAll { Start-QemuVm fw }
    AfterAll { Stop-QemuVm fw -TurnOff }

    It 'show the port that the kernel picked' {
        $forward = Get-QemuVmPortForward fw

        $forward.HostPort | Should -BeGreaterThan 0
        $forward.IsListening | Should -BeTrue
        Test-PortOpen $forward.HostPort | Should -BeTrue
    }

    It 'listen at once, also where the port is picked, and hold after the next start' {
        $added = Get-QemuVm fw | Add-QemuVmPortForward -GuestPort 80
        Test-PortOpen $added.HostPort | Should -BeTrue
        (Get-QemuVm fw).PendingChanges | Should -BeNullOrEmpty
        Stop-QemuVm fw -TurnOff
        Start-QemuVm fw

        $again = Get-QemuVmPortForward fw -GuestPort 80
        $again.IsListening | Should -BeTrue
        $again.Persisted | Should -BeTrue
        Test-PortOpen $again.HostPort | Should -BeTrue
    }

    It 'are gone at once when they are removed' {
        $forward = Get-QemuVmPortForward fw -GuestPort 80
        $forward | Remove-QemuVmPortForward

        Test-PortOpen $forward.HostPort | Should -BeFalse
        Get-QemuVmPortForward fw -GuestPort 80 | Should -BeNullOrEmpty
        [IO.File]::ReadAllText((Get-QemuVm fw).Path) | Should -Not -Match '"guestPort": 80'
    }

    It 'live in the running machine alone with -Live' {
        $added = Add-QemuVmPortForward fw 443 -Live

        $added.Persisted | Should -BeFalse
        $added | Remove-QemuVmPortForward
        Test-PortOpen $added.HostPort | Should -BeFalse
    }

    It 'say who has a port that is taken' {
        $listener = New-Listener
        $failure = Get-Failure { Add-QemuVmPortForward fw 80 $listener.LocalEndpoint.Port }
        $listener.Stop()

        $failure.FullyQualifiedErrorId | Should -BeLike 'PortInUse,*'
        $failure.Exception.Message | Should -Match "pid $PID\b"
        Get-QemuVmPortForward fw -GuestPort 80 | Should -BeNullOrEmpty
    }

    It 'say that the host has no such address' {
        $failure = Get-Failure { Add-QemuVmPortForward fw 80 8090 -HostAddress 203.0.113.1 }

        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        $failure.Exception.Message | Should -Match 'no address 203.0.113.1'
        Get-QemuVmPortForward fw -GuestPort 80 | Should -BeNullOrEmpty
    }

    It 'say that a port is for root, live and before a start' {
        # Root without the capability that ports below 1024 take (capabilities(7)) is what everybody else is.
        $through = if ([Environment]::UserName -eq 'root') { 'setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service' } else { @() }
        $shell = Start-AnotherShell -Through $through @'
foreach ($machine in 'low', 'reserved') { $null = New-QemuVm -Name $machine -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk -PortForward $(if ($machine -eq 'low') { '0:22' } else { '1:22' }) }
Start-QemuVm low
foreach ($action in { Add-QemuVmPortForward low 80 1 -ErrorAction Stop }, { Start-QemuVm reserved -ErrorAction Stop }) { try { & $action } catch { "$($_.FullyQualifiedErrorId) $_" } }
Stop-QemuVm low -TurnOff
'@
        $said = $shell.StandardOutput.ReadToEnd().Trim() -split "`n"

        $said.Count | Should -Be 2
        foreach ($line in $said) { $line | Should -Match '^AccessDenied,.*ports below \d+ are for root' }
        'low', 'reserved' | ForEach-Object { Remove-QemuVm $_ -Confirm:$false }
    }
}
