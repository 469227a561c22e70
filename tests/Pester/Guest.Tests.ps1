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
        $vm = New-QemuVm -Name "linux-$MachineType" -MachineType $MachineType -Accelerator Tcg -MemoryStartupBytes 256MB -NoDisk `
            -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet'
        Start-QemuVm $vm.Name -Paused
    }

    It 'reaches user space and speaks on the serial port' {
        Wait-SerialText $vm.Name 'guest is up' -WhenConnected { Invoke-QmpCommand cont $vm.Name } | Should -Match 'guest is up'
    }

    It 'shuts down when Stop-QemuVm asks it to' {
        (Stop-QemuVm $vm.Name -Timeout 60 -PassThru).State | Should -Be 'Off'
    }

    It 'ended in order, not by force' {
        (Get-QemuVm $vm.Name).Status | Should -BeNullOrEmpty
        [IO.File]::ReadAllText($vm.LogPath) | Should -Not -Match 'terminating on signal'
    }
}
