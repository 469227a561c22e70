BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession

    function Write-Pattern([string] $Path, [int] $Pattern) { $null = qemu-io -f qcow2 -c "write -P $Pattern 0 1M" $Path }

    function Test-Pattern([string] $Path, [int] $Pattern) { (qemu-io -r -f qcow2 -c "read -P $Pattern 0 1M" $Path | Out-String) -notmatch 'verification failed' }
}

AfterAll { Exit-TestSession }

Describe 'Snapshots inside of a disk image' {
    BeforeEach {
        $Disk = New-QemuDisk "$TestFolder/d.qcow2" 64MB -Force
        Write-Pattern $Disk.Path 1
    }

    It 'are taken, listed, gone back to and removed' {
        $first = $Disk | New-QemuSnapshot -SnapshotName first
        $first.Name | Should -Be 'first'
        $first.Kind | Should -Be 'Internal'
        ([DateTime]::Now - $first.CreationTime).TotalMinutes | Should -BeLessThan 5
        Write-Pattern $Disk.Path 2

        Get-QemuSnapshot $Disk.Path | Restore-QemuSnapshot -Confirm:$false
        Test-Pattern $Disk.Path 1 | Should -BeTrue
        $first | Remove-QemuSnapshot -Confirm:$false
        Get-QemuSnapshot $Disk.Path | Should -BeNullOrEmpty
        Test-Pattern $Disk.Path 1 | Should -BeTrue
    }

    It 'are found by wildcards' {
        'nightly-1', 'nightly-2', 'before upgrade' | ForEach-Object { $null = New-QemuSnapshot $Disk.Path $_ }

        (Get-QemuSnapshot $Disk.Path).Name | Should -Be 'nightly-1', 'nightly-2', 'before upgrade'
        (Get-QemuSnapshot $Disk.Path nightly*).Name | Should -Be 'nightly-1', 'nightly-2'
        Get-QemuSnapshot $Disk.Path nothing* | Should -BeNullOrEmpty
        $failure = Get-Failure { Get-QemuSnapshot $Disk.Path yearly }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'SnapshotNotFound'
        $failure.Exception.Message | Should -Match 'before upgrade'
    }

    It 'have names of their own: qemu-img would take a second one of the same name' {
        $null = New-QemuSnapshot $Disk.Path same

        Get-FailureId { New-QemuSnapshot $Disk.Path same } | Should -Be 'SnapshotExists'
        @(Get-QemuSnapshot $Disk.Path).Count | Should -Be 1
    }

    It 'are told apart where a name looks like an id' {
        $null = New-QemuSnapshot $Disk.Path one
        $null = New-QemuSnapshot $Disk.Path 1
        Remove-QemuSnapshot $Disk.Path 1 -Confirm:$false

        (Get-QemuSnapshot $Disk.Path).Name | Should -Be 'one'
    }

    It 'bind after they have been through JSON' {
        $null = New-QemuSnapshot $Disk.Path json
        Get-QemuSnapshot $Disk.Path | ConvertTo-Json | ConvertFrom-Json | Remove-QemuSnapshot -Confirm:$false

        Get-QemuSnapshot $Disk.Path | Should -BeNullOrEmpty
    }

    It 'can be of an overlay, and leave its base alone' {
        $top = New-QemuDisk "$TestFolder/top.qcow2" -BackingPath $Disk.Path -Force
        $null = New-QemuSnapshot $top.Path over

        (Get-QemuSnapshot $top.Path).Name | Should -Be 'over'
        Get-QemuSnapshot $Disk.Path | Should -BeNullOrEmpty
    }

    It 'cannot be in a raw image, and the error tells what can' {
        $raw = New-QemuDisk "$TestFolder/r.raw" 1MB -Force

        $failure = Get-Failure { New-QemuSnapshot $raw.Path x }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'NotSupported'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Convert-QemuDisk'
    }

    It 'are not touched while a machine has the image: the error names it' {
        $null = New-QemuSnapshot $Disk.Path live
        # Overlays of it lie beside it, which the checks before a start refuse.
        New-QemuVm holder -DiskPath $Disk.Path -Accelerator Tcg | Start-QemuVm -NoPreflight
        try {
            foreach ($action in { New-QemuSnapshot $Disk.Path x }, { Restore-QemuSnapshot $Disk.Path live -Confirm:$false }, { Remove-QemuSnapshot $Disk.Path live -Confirm:$false }) {
                $failure = Get-Failure $action
                ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'DiskLocked'
                $failure.Exception.Message | Should -Match 'in use by holder \(pid \d+\)'
            }

            (Get-QemuSnapshot $Disk.Path).Name | Should -Be 'live'
        }
        finally {
            Stop-QemuVm holder -TurnOff
            Remove-QemuVm holder -Confirm:$false
        }
    }

    It 'are shown as a table' {
        $null = New-QemuSnapshot $Disk.Path shown
        Get-QemuSnapshot $Disk.Path | Out-String | Should -Match 'Name\s+Created\s+VmState\s+Kind\s+Of'
    }
}
