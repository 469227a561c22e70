BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
}

AfterAll { Exit-TestSession }

Describe 'A guest with an operating system on a <MachineType> machine' -ForEach @(
    @{ MachineType = 'pc' }
    @{ MachineType = 'q35' }
) {
    BeforeAll {
        $vm = New-QemuVm -Name "linux-$MachineType" -MachineType $MachineType -Accelerator Tcg -MemoryStartupBytes 256MB -NoDisk -PortForward '0:7', '0:8' -NetworkModel virtio-net-pci `
            -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet echo=7'
    }

    It 'has reached user space when Start-QemuVm has waited for its words' {
        (Start-QemuVm $vm.Name -Wait SerialText -Pattern '^guest is up$' -Timeout 90 -PassThru).State | Should -Be 'Running'
    }

    It 'is found to have said it before anybody listened, and by several at once' {
        $shell = Start-AnotherShell "(Wait-QemuVm '$($vm.Name)' -For SerialText -Pattern 'guest is up' -Timeout 30).State"
        (Wait-QemuVm $vm.Name -For SerialText -Pattern 'GUEST is up' -Timeout 30).Name | Should -Be $vm.Name
        $shell.StandardOutput.ReadToEnd().Trim() | Should -Be 'Running'
        $shell.WaitForExit()

        Get-FailureId { Wait-QemuVm $vm.Name -For SerialText -Pattern 'guest is up' -NewText -Timeout 1 } | Should -Be 'VmWaitTimeout'
    }

    It 'is waited for at a port until it answers, which the port of the host alone does not show' {
        (Wait-QemuVm $vm.Name -For Tcp -Port 7 -Timeout 30).State | Should -Be 'Running'
        # Nobody in the guest listens there, though the host's port takes connections.
        Get-FailureId { Wait-QemuVm $vm.Name -For Tcp -Port 8 -Timeout 3 } | Should -Be 'VmWaitTimeout'
        Get-FailureId { Wait-QemuVm $vm.Name -For Tcp -Port 9 -Timeout 60 } | Should -Be 'InvalidOption'
    }

    It 'shuts down when Stop-QemuVm asks it to, by its agent where there is one' {
        if ($MachineType -eq 'q35') { (Wait-QemuVm $vm.Name -For GuestAgent -Timeout 30).State | Should -Be 'Running' }
        else { Get-FailureId { Wait-QemuVm $vm.Name -For GuestAgent -Timeout 30 } | Should -Be 'GuestAgentNotConnected' }
        $log = $vm.LogPath
        $steps = Stop-QemuVm $vm.Name -Timeout 60 -Verbose 4>&1

        (Get-QemuVm $vm.Name).State | Should -Be 'Off'
        (Get-QemuVm $vm.Name).Status | Should -BeNullOrEmpty
        [IO.File]::ReadAllText($log) | Should -Not -Match 'terminating on signal'
        if ($MachineType -eq 'q35') {
            "$steps" | Should -Match 'guest-shutdown'
            "$steps" | Should -Not -Match 'pressing the ACPI power button'
        }
        else { "$steps" | Should -Match 'no channel for a guest agent.*pressing the ACPI power button' }
    }
}

Describe 'A guest that does not listen to its power button' {
    BeforeAll {
        $null = New-QemuVm -Name deaf -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 256MB -NoDisk -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet deaf'
        Start-QemuVm deaf -Wait GuestAgent -Timeout 90
    }

    It 'runs on when it is asked that way alone' {
        $failure = Get-Failure { Stop-QemuVm deaf -Method Acpi -Timeout 1 }

        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmShutdownTimeout'
        "$failure" | Should -Match 'agent was not asked.*ACPI power button: pressed 1 time'
        (Get-QemuVm deaf).State | Should -Be 'Running'
    }

    It 'obeys its agent' {
        (Stop-QemuVm deaf -Method Agent -Timeout 60 -PassThru).State | Should -Be 'Off'
    }
}
