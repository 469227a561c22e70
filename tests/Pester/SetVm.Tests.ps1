BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $disk = New-QemuDisk "$TestFolder/disk.qcow2" 16MB
    $null = New-QemuVm dev -DiskPath $disk.Path -Accelerator Tcg -MemoryStartupBytes 64MB -Tag a -Notes old
}

AfterAll { Exit-TestSession }

Describe 'Set-QemuVm' {
    It 'changes what is given and nothing else' {
        $before = (Get-QemuVm dev).Definition

        $vm = Set-QemuVm dev -ProcessorCount 2 -MemoryStartupBytes 96MB -CpuModel max -BootOrder CdRom, Disk -Notes 'new' -Tag b, c -QemuArgument '-rtc', 'base=utc' -PassThru

        $vm.ProcessorCount | Should -Be 2
        $vm.MemoryStartup | Should -Be 96MB
        $vm.Definition.cpuModel | Should -Be 'max'
        $vm.Definition.bootOrder | Should -Be 'CdRom', 'Disk'
        $vm.Notes | Should -Be 'new'
        $vm.Tag | Should -Be 'b', 'c'
        $vm.Definition.qemuArgument | Should -Be '-rtc', 'base=utc'
        $vm.Id | Should -Be $before.id
        $vm.Definition.drives[0].path | Should -Be $disk.Path
        Set-QemuVm dev -ProcessorCount 1 -MemoryStartupBytes 64MB -CpuModel '' -QemuArgument @() -Tag @()
        (Get-QemuVm dev).Definition.ContainsKey('cpuModel') | Should -BeFalse
        (Get-QemuVm dev).Tag | Should -BeNullOrEmpty
    }

    It 'takes machines from the pipeline and says nothing' {
        Get-QemuVm dev | Set-QemuVm -Notes piped | Should -BeNullOrEmpty
        (Get-QemuVm dev).Notes | Should -Be 'piped'
    }

    It 'changes nothing with -WhatIf' {
        Set-QemuVm dev -Notes never -NewName never -WhatIf
        (Get-QemuVm dev).Notes | Should -Be 'piped'
    }

    It 'keeps the version before' {
        Set-QemuVm dev -Notes first
        Set-QemuVm dev -Notes second
        ([IO.File]::ReadAllText("$((Get-QemuVm dev).Path).1") | ConvertFrom-Json).notes | Should -Be 'first'
    }

    It 'refuses memory that is no whole number of MiB, and names the member' {
        (Get-Failure { Set-QemuVm dev -MemoryStartupBytes 1000 }).Exception.Message | Should -Match 'memoryStartupBytes'
    }

    It 'renames a machine with its folder, its versions, its log and the files in it' {
        $null = New-QemuVm oldname -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        $own = New-QemuDisk "$TestFolder/home/vms/oldname/own.raw" 1MB
        $null = '{ "name": "inside", "drives": [ { "id": "disk0", "path": "disk.raw" } ] }' | New-QemuVm
        Set-QemuVm oldname -Notes x
        Start-QemuVm oldname
        Stop-QemuVm oldname -TurnOff

        $vm = Set-QemuVm oldname -NewName newname -PassThru
        $inside = Set-QemuVm inside -NewName outside -PassThru

        $vm.Name | Should -Be 'newname'
        $vm.Notes | Should -Be 'x'
        [IO.File]::Exists("$($vm.Path).1") | Should -BeTrue
        [IO.File]::Exists("$TestFolder/home/vms/newname/own.raw") | Should -BeTrue
        [IO.File]::Exists($vm.LogPath) | Should -BeTrue
        $inside.Disks[0].Path | Should -Be "$TestFolder/home/vms/outside/disk.raw"
        Get-FailureId { Get-QemuVm oldname } | Should -Be 'VmNotFound'
    }

    It 'refuses a new name that is taken or none' {
        Get-FailureId { Set-QemuVm newname -NewName dev } | Should -Be 'VmExists'
        Get-FailureId { Set-QemuVm newname -NewName 'a/b' } | Should -Be 'InvalidVmName'
        (Get-QemuVm newname).Name | Should -Be 'newname'
    }
}

Describe 'A protected machine' {
    It 'is not removed, not even with -Force, until that is taken back' {
        $null = New-QemuVm dear -NoDisk
        Set-QemuVm dear -Protected

        $failure = Get-Failure { Remove-QemuVm dear -Force -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -BeLike 'VmProtected,*'
        (Get-QemuVm dear).Name | Should -Be 'dear'
        & ([scriptblock]::Create($failure.ErrorDetails.RecommendedAction))
        Remove-QemuVm dear -Confirm:$false
        Get-QemuVm dear* | Should -BeNullOrEmpty
    }
}

Describe 'A template' {
    It 'is not started until it is none any more' {
        $null = New-QemuVm model -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        Set-QemuVm model -Template
        Get-FailureId { Start-QemuVm model } | Should -Be 'VmIsTemplate'
        (Get-QemuVm model).State | Should -Be 'Off'

        Set-QemuVm model -Template:$false
        Start-QemuVm model
        (Get-QemuVm model).State | Should -Be 'Running'
        Stop-QemuVm model -TurnOff
    }
}

Describe 'A running machine' {
    BeforeAll {
        $null = New-QemuVm running -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB -MachineType q35 -QemuArgument '-smp', '1,maxcpus=3', '-device', 'virtio-balloon-pci'
        Start-QemuVm running
    }

    It 'has no pending changes after its start' { (Get-QemuVm running).PendingChanges | Should -BeNullOrEmpty }

    It 'says what becomes true with the next start' {
        Set-QemuVm running -MemoryStartupBytes 128MB -Notes 'of no matter to QEMU'

        (Get-QemuVm running).PendingChanges | Should -Be 'MemoryStartupBytes: 64 MiB now, 128 MiB after restart'
        Set-QemuVm running -MemoryStartupBytes 64MB
        (Get-QemuVm running).PendingChanges | Should -BeNullOrEmpty
    }

    It 'gets processors and gives memory with -Live, and its definition stays' {
        Set-QemuVm running -ProcessorCount 2 -MemoryStartupBytes 32MB -Live

        @(Invoke-QmpCommand -Command query-cpus-fast -Name running).Count | Should -Be 2
        (Get-QemuVm running).Definition.processorCount | Should -Be 1
        (Get-QemuVm running).PendingChanges | Should -Contain 'ProcessorCount: 2 now, 1 after restart'
        Set-QemuVm running -ProcessorCount 3 -MemoryStartupBytes 32MB -Live -Persist
        (Get-QemuVm running).Definition.processorCount | Should -Be 3
        (Get-QemuVm running).PendingChanges | Should -BeNullOrEmpty
    }

    It 'says why QEMU cannot make a change now, and its definition stays' -ForEach @(
        @{ Change = @{ ProcessorCount = 4 }; Why = 'room for 3' }
        @{ Change = @{ ProcessorCount = 1 }; Why = 'give processors back' }
        @{ Change = @{ MemoryStartupBytes = 256MB }; Why = 'started with 64 MiB' }
        @{ Change = @{ CpuModel = 'max' }; Why = 'CpuModel' }
    ) {
        $failure = Get-Failure { Set-QemuVm running @Change -Live -Persist }

        $failure.FullyQualifiedErrorId | Should -BeLike 'LiveChangeFailed,*'
        $failure.Exception.Message | Should -Match $Why
        (Get-QemuVm running).Definition.processorCount | Should -Be 3
        (Get-QemuVm running).PendingChanges | Should -BeNullOrEmpty
    }

    It 'goes on from its saved state with the processors that came, and the memory that the balloon took from' {
        Save-QemuVm running
        Start-QemuVm running -WarningAction SilentlyContinue
        $vm = Get-QemuVm running
        $vm.State | Should -Be 'Running'
        @(Invoke-QmpCommand -Command query-cpus-fast -Name running).Count | Should -Be 3
        (Invoke-QmpCommand -Command query-memory-size-summary -Name running).'base-memory' | Should -Be 64MB
    }

    It 'without a balloon gives no memory' {
        $null = New-QemuVm plain -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        Start-QemuVm plain
        Get-FailureId { Set-QemuVm plain -MemoryStartupBytes 32MB -Live } | Should -Be 'LiveChangeFailed'
        Get-FailureId { Set-QemuVm plain -NewName other } | Should -Be 'VmRunning'
        Stop-QemuVm plain -TurnOff
        Get-FailureId { Set-QemuVm plain -MemoryStartupBytes 32MB -Live } | Should -Be 'VmNotRunning'
    }
}
