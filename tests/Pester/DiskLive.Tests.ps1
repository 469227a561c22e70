BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
}

AfterAll { Exit-TestSession }

Describe 'A disk of a running machine, on <Bus>' -ForEach @{ Bus = 'Ide' }, @{ Bus = 'VirtioBlk' } {
    BeforeAll {
        $Base = New-QemuDisk "$TestFolder/base.qcow2" 64MB
        $Top = New-QemuDisk "$TestFolder/top.qcow2" -BackingPath $Base.Path
        $null = qemu-io -f qcow2 -c 'write -P 3 1M 2M' $Top.Path
        New-QemuVm live -DiskPath $Top.Path -DiskBus $Bus -Accelerator Tcg | Start-QemuVm
    }

    AfterAll {
        Stop-QemuVm live -TurnOff
        Remove-QemuVm live -Confirm:$false
        Remove-QemuDisk "$TestFolder/*.qcow2" -Force -Confirm:$false
    }

    It 'is found through the machine, and says who has it' {
        $disk = Get-QemuVm live | Get-QemuDisk

        $disk.Path | Should -Be $Top.Path
        $disk.InUse | Should -BeTrue
        $disk.LockedBy.Name | Should -Be 'live'
        $disk.LockedBy.ProcessId | Should -Be (Get-QemuVm live).ProcessId
    }

    It 'names the machine and not a shell that only looks at the file' {
        # The runtime takes a lock of its own kind on what it opens.
        $looking = [IO.File]::Open($Top.Path, 'Open', 'Read', 'ReadWrite')
        try { (Get-QemuDisk $Top.Path).LockedBy.Name | Should -Be 'live' } finally { $looking.Dispose() }
    }

    It 'grows while the guest runs, and the guest is told' {
        $said = Resize-QemuDisk $Top.Path '+64MB' -PassThru

        $said.SizeBytes | Should -Be 128MB
        (Invoke-QmpCommand query-block live).inserted.image.'virtual-size' | Should -Be 128MB
    }

    It 'does not shrink while the guest runs' {
        Get-FailureId { Resize-QemuDisk $Top.Path 64MB } | Should -Be 'InvalidSize'
        Get-FailureId { Resize-QemuDisk $Top.Path 64MB -Shrink } | Should -Be 'InvalidSize'
    }

    It 'is refused to <Name>, and the error says who has it' -ForEach @(
        @{ Name = 'Convert-QemuDisk'; Action = { Convert-QemuDisk $Top.Path "$TestFolder/x.raw" } }
        @{ Name = 'Optimize-QemuDisk'; Action = { Optimize-QemuDisk $Top.Path } }
        @{ Name = 'Repair-QemuDisk'; Action = { Repair-QemuDisk $Top.Path -Confirm:$false } }
        @{ Name = 'Set-QemuDisk'; Action = { Set-QemuDisk $Top.Path -BackingPath '' } }
        @{ Name = 'Set-QemuDisk -Option'; Action = { Set-QemuDisk $Top.Path -Option @{ lazy_refcounts = 'on' } } }
        @{ Name = 'Resize-QemuDisk of its base'; Action = { Resize-QemuDisk $Base.Path 1GB } }
        @{ Name = 'Compare-QemuDisk'; Action = { Compare-QemuDisk $Top.Path $Base.Path } }
        @{ Name = 'New-QemuDisk over it'; Action = { New-QemuDisk "$TestFolder/over.qcow2" -BackingPath $Top.Path } }
    ) {
        $failure = Get-Failure $Action
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'DiskLocked'
        $failure.CategoryInfo.Category | Should -Be 'ResourceBusy'
        $failure.Exception.Message | Should -Match 'live \(pid \d+\)'
    }

    It 'can be tested and measured all the same' {
        (Test-QemuDisk $Top.Path -Detailed).InUse | Should -BeTrue
        (Measure-QemuDisk $Top.Path).RequiredBytes | Should -BeGreaterThan 2MB
    }

    It 'is merged while the guest runs: the machine goes on with the base, now and at the next start' {
        $merged = Merge-QemuDisk $Top.Path -Drop -PassThru -Confirm:$false

        $merged.Path | Should -Be $Base.Path
        [IO.File]::Exists($Top.Path) | Should -BeFalse
        (Get-QemuVm live).State | Should -Be 'Running'
        (Get-QemuVm live).Disks[0].Path | Should -Be $Base.Path
        (Invoke-QmpCommand query-block live).inserted.image.filename | Should -Be $Base.Path

        # And the disk is the machine's as before.
        (Resize-QemuDisk $Base.Path 256MB -PassThru).SizeBytes | Should -Be 256MB
        Stop-QemuVm live -TurnOff
        (qemu-io -r -f qcow2 -c 'read -P 3 1M 2M' $Base.Path | Out-String) | Should -Not -Match 'verification failed'
        Start-QemuVm live
        (Get-QemuDisk $Base.Path).LockedBy.Name | Should -Be 'live'
    }
}

Describe 'An image that somebody else has open' {
    It 'is said to be in use by that program' {
        $disk = New-QemuDisk "$TestFolder/other.qcow2" 64MB
        $other = [Diagnostics.ProcessStartInfo]::new('qemu-io', "-f qcow2 $($disk.Path)")
        $other.RedirectStandardInput = $true
        $other.RedirectStandardOutput = $true
        $process = [Diagnostics.Process]::Start($other)
        try {
            # It answers when it has opened the image.
            $process.StandardInput.WriteLine('length')
            $null = $process.StandardOutput.ReadLine()

            (Get-QemuDisk $disk.Path).LockedBy.Name | Should -Be 'qemu-io'
            (Get-Failure { Resize-QemuDisk $disk.Path 1GB }).Exception.Message | Should -Match "in use by qemu-io \(pid $($process.Id)\)"
        }
        finally {
            $process.Kill()
            $process.WaitForExit()
        }
    }
}
