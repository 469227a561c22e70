BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    # A sector that every copy has to have.
    [IO.File]::WriteAllBytes("$TestFolder/content.raw", [byte[]] (@(7) * 65536))
    $null = Convert-QemuDisk "$TestFolder/content.raw" -DestinationPath "$TestFolder/disk.qcow2" -Format Qcow2
    $original = New-QemuVm original -DiskPath "$TestFolder/disk.qcow2" -Accelerator Tcg -MemoryStartupBytes 64MB -PortForward 2222:22 -Notes kept
}

AfterAll { Exit-TestSession }

Describe 'Copy-QemuVm' {
    It 'copies a machine with its disks' {
        $copy = Copy-QemuVm original full

        $copy.Notes | Should -Be 'kept'
        $copy.Id | Should -Not -Be $original.Id
        $copy.NetworkAdapters[0].MacAddress | Should -Not -Be $original.NetworkAdapters[0].MacAddress
        $copy.Disks[0].Path | Should -Be "$TestFolder/home/vms/full/disk.qcow2"
        (Get-QemuDisk $copy.Disks[0].Path).BackingPath | Should -BeNullOrEmpty
        (Compare-QemuDisk $copy.Disks[0].Path $original.Disks[0].Path) | Should -BeTrue
        Remove-QemuVm full -Confirm:$false
    }

    It 'keeps its disk when it is removed, unless that is asked for' {
        $copy = Copy-QemuVm original kept

        Remove-QemuVm kept -Confirm:$false

        [IO.Directory]::GetFileSystemEntries("$TestFolder/home/vms/kept") | Should -Be $copy.Disks[0].Path
        $null = New-QemuVm kept -DiskPath $copy.Disks[0].Path
        Remove-QemuVm kept -DeleteDisks -Confirm:$false
        [IO.Directory]::Exists("$TestFolder/home/vms/kept") | Should -BeFalse
    }

    It 'puts the disks where it is told' {
        $null = [IO.Directory]::CreateDirectory("$TestFolder/disks")

        (Copy-QemuVm original placed -DestinationPath "$TestFolder/disks").Disks[0].Path | Should -Be "$TestFolder/disks/placed-disk.qcow2"
        Remove-QemuVm placed -DeleteDisks -Confirm:$false
    }

    It 'runs as a job' {
        $job = Copy-QemuVm original worked -AsJob

        $null = $job.Finished.WaitOne(30000)
        $job.JobStateInfo.State | Should -Be 'Completed'
        (Get-QemuVm worked).Disks[0].Path | Should -Be "$TestFolder/home/vms/worked/disk.qcow2"
        Remove-QemuVm worked -Confirm:$false
    }

    It 'makes nothing with -WhatIf, and nothing under a name that is taken' {
        Copy-QemuVm original never -WhatIf
        Get-QemuVm never* | Should -BeNullOrEmpty
        Get-FailureId { Copy-QemuVm original original } | Should -Be 'VmExists'
        Get-FailureId { Copy-QemuVm original 'a/b' } | Should -Be 'InvalidVmName'
    }

    It 'leaves nothing behind when a disk cannot be copied' {
        $null = New-QemuVm broken -DiskPath "$TestFolder/disk.qcow2"
        $path = (Get-QemuVm broken).Path
        [IO.File]::WriteAllText($path, [IO.File]::ReadAllText($path).Replace('"drives": [', '"drives": [ { "id": "gone", "path": "/nowhere/gone.raw" },'))

        Get-FailureId { Copy-QemuVm broken half } | Should -Be 'DiskNotFound'
        [IO.Directory]::Exists("$TestFolder/home/vms/half") | Should -BeFalse
        Remove-QemuVm broken -Confirm:$false
    }

    It 'does not copy a machine that runs' {
        Start-QemuVm original
        Get-FailureId { Copy-QemuVm original never } | Should -Be 'VmRunning'
        Stop-QemuVm original -TurnOff
    }

    It 'makes a linked copy, and the machine below is not started any more' {
        $linked = Copy-QemuVm original linked -Linked

        $overlay = Get-QemuDisk $linked.Disks[0].Path
        $overlay.BackingPath | Should -Be "$TestFolder/disk.qcow2"
        $overlay.BackingFormat | Should -Be 'qcow2'
        (Compare-QemuDisk $overlay.Path $original.Disks[0].Path) | Should -BeTrue
        Start-QemuVm linked
        (Get-QemuVm linked).State | Should -Be 'Running'
        Stop-QemuVm linked -TurnOff
        $failure = Get-Failure { Start-QemuVm original }
        $failure.FullyQualifiedErrorId | Should -BeLike 'DiskHasOverlays,*'
        $failure.Exception.Message | Should -Match 'linked'
        Remove-QemuVm linked -DeleteDisks -Confirm:$false
        Start-QemuVm original
        Stop-QemuVm original -TurnOff
    }

    It 'makes a copy of a template that is none' {
        Set-QemuVm original -Template -Protected

        $copy = Copy-QemuVm original fromModel -Linked

        $copy.Definition.template | Should -BeFalse
        $copy.Definition.protected | Should -BeFalse
    }
}

Describe 'A copy of a machine with secrets and memory' {
    It 'has a TPM of its own from its first start, and is warned of' {
        $null = New-QemuVm -Name sealed -Tpm -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB -MachineType q35
        Start-QemuVm sealed -Paused
        Stop-QemuVm sealed -TurnOff
        $state = 'tpm/tpm2-00.permall'
        $before = [IO.File]::ReadAllBytes("$TestFolder/home/vms/sealed/$state")

        $null = Copy-QemuVm sealed twin -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match 'TPM of its own.*BitLocker'
        [IO.Directory]::Exists("$TestFolder/home/vms/twin/tpm") | Should -BeFalse
        Start-QemuVm twin -Paused
        Stop-QemuVm twin -TurnOff
        [Convert]::ToHexString([IO.File]::ReadAllBytes("$TestFolder/home/vms/twin/$state")) | Should -Not -Be ([Convert]::ToHexString($before))
        [Convert]::ToHexString([IO.File]::ReadAllBytes("$TestFolder/home/vms/sealed/$state")) | Should -Be ([Convert]::ToHexString($before))
    }

    It 'starts without the memory that was saved, and is warned of' {
        $null = New-QemuVm -Name asleep -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        Start-QemuVm asleep
        Save-QemuVm asleep
        (Copy-QemuVm asleep awake -WarningVariable said -WarningAction SilentlyContinue).State | Should -Be 'Off'
        "$said" | Should -Match 'as if the power of .asleep. had failed'
        (Get-QemuVm asleep).State | Should -Be 'Saved'
    }
}
