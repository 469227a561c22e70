BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession

    function Write-Pattern([string] $Path, [int] $Pattern) { $null = qemu-io -f qcow2 -c "write -P $Pattern 0 1M" $Path }

    function Test-Pattern([string] $Path, [int] $Pattern) { (qemu-io -r -f qcow2 -c "read -P $Pattern 0 1M" $Path | Out-String) -notmatch 'verification failed' }

    # The names of what is inside of an image, by qemu-img's own account.
    function Get-Tag([string] $Path) { @((qemu-img info -U --output=json $Path | Out-String | ConvertFrom-Json).snapshots | ForEach-Object name) }

    function New-Machine([string] $Name, [hashtable] $More = @{}) {
        $disks = foreach ($number in 0, 1) { (New-QemuDisk "$TestFolder/$Name$number.qcow2" 16MB -Force).Path }
        if (-not $More.MemoryStartupBytes) { $More.MemoryStartupBytes = 64MB }
        New-QemuVm $Name -DiskPath $disks -DiskBus VirtioBlk -Accelerator Tcg @More
    }

    function Remove-Machine([string] $Name) {
        if ((Get-QemuVm $Name).State -ne 'Off') { Stop-QemuVm $Name -TurnOff }
        Remove-QemuVm $Name -Confirm:$false
    }
}

AfterAll { Exit-TestSession }

Describe 'Snapshots of a machine that is off' {
    BeforeEach {
        $Vm = New-Machine off
        $First, $Second = $Vm.Disks.Path
        Write-Pattern $First 1
        Write-Pattern $Second 1
    }

    AfterEach { Remove-Machine off }

    It 'bring all of its disks back' {
        $snapshot = $Vm | New-QemuSnapshot -SnapshotName clean -Description 'nothing installed'
        $snapshot.VmName | Should -Be 'off'
        $snapshot.Description | Should -Be 'nothing installed'
        $snapshot.DiskPaths | Should -Be $First, $Second
        Write-Pattern $First 2
        Write-Pattern $Second 2

        $snapshot | Restore-QemuSnapshot -Confirm:$false
        Test-Pattern $First 1 | Should -BeTrue
        Test-Pattern $Second 1 | Should -BeTrue
    }

    It 'are on all of its disks or on none' {
        # Somebody has used the name in the second disk's image already; the first one's would be done by then.
        $null = qemu-img snapshot -c half $Second

        Get-FailureId { $Vm | New-QemuSnapshot -SnapshotName half } | Should -Be 'SnapshotExists'
        Get-Tag $First | Should -BeNullOrEmpty

        # The first disk's is taken before the second is found missing.
        [IO.File]::Delete($Second)
        Get-FailureId { $Vm | New-QemuSnapshot -SnapshotName whole } | Should -Be 'DiskNotFound'
        Get-Tag $First | Should -BeNullOrEmpty
        $null = New-QemuDisk $Second 16MB
    }

    It 'are a tree: what is taken after a return goes on from what was returned to' {
        'base', 'left' | ForEach-Object { $null = $Vm | New-QemuSnapshot -SnapshotName $_ }
        Restore-QemuSnapshot -Vm off base -Confirm:$false
        $null = $Vm | New-QemuSnapshot -SnapshotName right

        $all = $Vm | Get-QemuSnapshot
        $all.Name | Should -Be 'base', 'left', 'right'
        $all.Parent | Should -Be $null, 'base', 'base'
        $all[0].Children | Should -Be 'left', 'right'
        $all.Depth | Should -Be 0, 1, 1
        ($Vm | Get-QemuSnapshot -Current).Name | Should -Be 'right'
        $all | Out-String | Should -Match "base .*\n.*left .*\n.*right \(current\) "
    }

    It 'hand their children on when they go, or take them along' {
        'a', 'b', 'c' | ForEach-Object { $null = $Vm | New-QemuSnapshot -SnapshotName $_ }
        Get-QemuSnapshot -Vm off b | Remove-QemuSnapshot -Confirm:$false
        (Get-QemuSnapshot -Vm off c).Parent | Should -Be 'a'
        Get-Tag $First | Should -Be 'a', 'c'

        Get-QemuSnapshot -Vm off a | Remove-QemuSnapshot -IncludeChildren -Confirm:$false
        Get-QemuSnapshot -Vm off | Should -BeNullOrEmpty
        Get-Tag $Second | Should -BeNullOrEmpty
    }

    It 'are shown as they are where somebody has used qemu-img' {
        $null = $Vm | New-QemuSnapshot -SnapshotName ours
        $null = qemu-img snapshot -c theirs $First
        $null = qemu-img snapshot -d ours $Second

        $all = Get-QemuSnapshot -Vm off -WarningVariable warnings -WarningAction SilentlyContinue
        $all.Name | Should -Be 'ours', 'theirs'
        $all[0].DiskPaths | Should -Be $First
        $all[1].IsCurrent | Should -BeNullOrEmpty
        $all[1].DiskPaths | Should -Be $First
        $warnings | Should -Match 'incomplete'
        Get-FailureId { Restore-QemuSnapshot -Vm off ours -Confirm:$false } | Should -Be 'SnapshotNotFound'
        Get-FailureId { Restore-QemuSnapshot -Vm off theirs -Confirm:$false } | Should -Be 'SnapshotNotFound'

        $all | Remove-QemuSnapshot -Confirm:$false
        Get-Tag $First | Should -BeNullOrEmpty
        Get-QemuSnapshot -Vm off | Should -BeNullOrEmpty
    }

    It 'are not touched while something has a disk open' {
        $null = $Vm | New-QemuSnapshot -SnapshotName kept
        $other = New-QemuVm other -DiskPath $Second -Accelerator Tcg -MemoryStartupBytes 64MB -WarningAction SilentlyContinue
        $other | Start-QemuVm
        try {
            foreach ($action in { New-QemuSnapshot -Vm off -SnapshotName x }, { Restore-QemuSnapshot -Vm off kept -Confirm:$false }) { Get-FailureId $action | Should -Be 'DiskLocked' }
            Get-Tag $First | Should -Be 'kept'
        }
        finally { Remove-Machine other }
    }

    It 'are asked for with -Vm, and whoever forgets it is told so' {
        $null = $Vm | New-QemuSnapshot -SnapshotName x
        foreach ($action in { Get-QemuSnapshot off }, { New-QemuSnapshot off y }, { Restore-QemuSnapshot off x -Confirm:$false }, { Remove-QemuSnapshot off x -Confirm:$false }) {
            $failure = Get-Failure $action
            ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'DiskNotFound'
            $failure.ErrorDetails.RecommendedAction | Should -Match '^\w+-QemuSnapshot -Vm off$'
        }

        (Get-QemuSnapshot -Vm off x | Get-QemuVm).Name | Should -Be 'off'
    }

    It 'have no memory to keep' {
        Get-FailureId { $Vm | New-QemuSnapshot -SnapshotName x -IncludeMemory } | Should -Be 'VmNotRunning'
    }

    It 'are told of word for word before they are touched, and can be taken by a job' {
        $Vm | New-QemuSnapshot -SnapshotName x -WhatIf
        Get-Tag $First | Should -BeNullOrEmpty
        $job = $Vm | New-QemuSnapshot -SnapshotName job -AsJob
        ($job | Wait-Job | Receive-Job).Name | Should -Be 'job'
        $job | Remove-Job
        Restore-QemuSnapshot -Vm off job -WhatIf
        Remove-QemuSnapshot -Vm off job -WhatIf
        Get-Tag $First | Should -Be 'job'
    }

    It 'bind after they have been through JSON, and complete by name' {
        $null = $Vm | New-QemuSnapshot -SnapshotName 'before upgrade'
        $line = "Restore-QemuSnapshot -Vm off -SnapshotName bef"
        [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be "'before upgrade'"

        Get-QemuSnapshot -Vm off | ConvertTo-Json | ConvertFrom-Json | Remove-QemuSnapshot -Confirm:$false
        Get-QemuSnapshot -Vm off | Should -BeNullOrEmpty
    }
}

Describe 'A machine whose disks cannot have snapshots' {
    It 'is told so by the disk''s name, with what can be done' {
        $raw = New-QemuDisk "$TestFolder/r.raw" 1MB
        New-QemuVm raw -DiskPath $raw.Path -Accelerator Tcg | Out-Null
        try {
            $failure = Get-Failure { New-QemuSnapshot -Vm raw -SnapshotName x }
            ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'NotSupported'
            $failure.Exception.Message | Should -Match "disk 'disk0' of 'raw' is a raw image"
            $failure.ErrorDetails.RecommendedAction | Should -Match 'Convert-QemuDisk'
        }
        finally { Remove-Machine raw }
    }

    It 'is told so where it has none' {
        New-QemuVm none -NoDisk -Accelerator Tcg | Out-Null
        try { Get-FailureId { New-QemuSnapshot -Vm none -SnapshotName x } | Should -Be 'NotSupported' } finally { Remove-Machine none }
    }
}

Describe 'Snapshots of a running UEFI machine with two disks' {
    BeforeAll {
        $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
        # A shell on the serial port: what it keeps in files is in the guest's memory alone. The firmware adds a word, which -s has for no script.
        $Vm = New-Machine run @{
            Generation = 2; MemoryStartupBytes = 256MB; Network = 'None'
            KernelPath = $guest.Kernel; InitrdPath = $guest.Initrd; KernelCommandLine = 'console=ttyS0 quiet rdinit=/bin/busybox -- sh -s'
        }
        $First, $Second = $Vm.Disks.Path
        $Vars = (Get-QemuVm run).Definition.firmware.varsPath
        Write-Pattern $First 1
        Write-Pattern $Second 1
        Start-QemuVm run -Paused
        $null = Wait-SerialText run '/ #' -TimeoutSeconds 60 -WhenConnected { Resume-QemuVm run }

        # What the guest's shell answers.
        function Invoke-Guest([string] $Line) {
            $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
            try {
                $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new([IO.Path]::Combine([IO.Path]::GetDirectoryName((Get-QemuVm run).QmpSocketPath), 'serial.sock')))
                $socket.ReceiveTimeout = 30000
                $null = $socket.Send([Text.Encoding]::ASCII.GetBytes("$Line; echo EN''D`n"))
                $read = ''
                $buffer = [byte[]]::new(4096)
                while ($read -notmatch '(?s)EN''''D\s*(.*?)END') {
                    $count = $socket.Receive($buffer)
                    if ($count -eq 0) { throw "The serial port was closed after: $read" }
                    $read += [Text.Encoding]::ASCII.GetString($buffer, 0, $count)
                }
                $Matches[1].Trim()
            }
            finally { $socket.Dispose() }
        }

        function Write-Live([int] $Pattern) {
            foreach ($disk in 'disk0', 'disk1') { Invoke-QmpCommand run -Hmp "qemu-io -d /machine/peripheral/$disk/virtio-backend `"write -P $Pattern 0 1M`"" | Should -Not -Match 'rror|onflict' }
        }

        function Test-Live([int] $Pattern) {
            @(foreach ($disk in 'disk0', 'disk1') { Invoke-QmpCommand run -Hmp "qemu-io -d /machine/peripheral/$disk/virtio-backend `"read -P $Pattern 0 1M`"" }) -notmatch 'verification failed' | Should -HaveCount 2
        }
    }

    AfterAll { Remove-Machine run }

    It 'keep memory, disks and UEFI variables while the guest runs' {
        Invoke-Guest 'echo one >/note' | Should -BeNullOrEmpty
        $snapshot = $Vm | New-QemuSnapshot -SnapshotName live -IncludeMemory

        $snapshot.VmStateSizeBytes | Should -BeGreaterThan 1MB
        $snapshot.DiskPaths | Should -Be $First, $Second, $Vars
        (Get-QemuVm run).State | Should -Be 'Running'
        Invoke-Guest 'read -r note </note; echo $note' | Should -Be 'one'
    }

    It 'bring the running guest back to where it was' {
        Write-Live 2
        Invoke-Guest 'echo two >/note' | Should -BeNullOrEmpty
        Get-QemuSnapshot -Vm run live | Restore-QemuSnapshot -Confirm:$false

        Invoke-Guest 'read -r note </note; echo $note' | Should -Be 'one'
        Test-Live 1
    }

    It 'can be of the disks alone, all at one moment, and are not loaded into a running guest' {
        Write-Live 3
        ($Vm | New-QemuSnapshot -SnapshotName disks).VmStateSizeBytes | Should -Be 0
        foreach ($image in $First, $Second, $Vars) { Get-Tag $image | Should -Be 'live', 'disks' }

        $failure = Get-Failure { Restore-QemuSnapshot -Vm run disks -Confirm:$false }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmRunning'
        $failure.ErrorDetails.RecommendedAction | Should -Be 'Stop-QemuVm run; Restore-QemuSnapshot -Vm run disks -Start'
        (Get-QemuVm run).State | Should -Be 'Running'
    }

    It 'have names of their own, and leave no job behind' {
        Get-FailureId { New-QemuSnapshot -Vm run -SnapshotName live -IncludeMemory } | Should -Be 'SnapshotExists'
        (Invoke-QmpCommand query-jobs run) | Should -BeNullOrEmpty
    }

    It 'are removed while the guest runs' {
        $null = $Vm | New-QemuSnapshot -SnapshotName gone -IncludeMemory
        Remove-QemuSnapshot -Vm run gone -Confirm:$false
        foreach ($image in $First, $Second, $Vars) { Get-Tag $image | Should -Be 'live', 'disks' }
        (Get-QemuSnapshot -Vm run -Current).Name | Should -Be 'disks'
    }

    It 'leave the images as they are with -External, and are merged again from the middle and from the top' {
        Write-Live 5
        $null = $Vm | New-QemuSnapshot -SnapshotName e1 -External
        Write-Live 6
        $null = $Vm | New-QemuSnapshot -SnapshotName e2 -External -OverlayPath $TestFolder
        Write-Live 7
        $machine = Get-QemuVm run
        $machine.Disks.Path | Should -Be "$TestFolder/run-disk0-e2.qcow2", "$TestFolder/run-disk1-e2.qcow2"
        $machine.PendingChanges | Should -BeNullOrEmpty
        Test-Pattern $First 5 | Should -BeTrue

        Remove-QemuSnapshot -Vm run e1 -Confirm:$false
        @((Get-QemuDisk $machine.Disks[0].Path -BackingChain).Chain).Path | Should -Be $First
        Remove-QemuSnapshot -Vm run e2 -Confirm:$false
        (Get-QemuVm run).Disks.Path | Should -Be $First, $Second
        (Get-QemuVm run).Definition.firmware.varsPath | Should -Be $Vars
        Test-Live 7
        [IO.Directory]::GetFiles($TestFolder, 'run-*') | Should -BeNullOrEmpty
        Invoke-Guest 'read -r note </note; echo $note' | Should -Be 'one'
    }

    It 'need an agent in the guest to bring its file systems to rest, and say so' {
        Get-FailureId { New-QemuSnapshot -Vm run -SnapshotName q -Quiesce } | Should -Be 'GuestAgentNotConnected'
        Get-FailureId { New-QemuSnapshot -Vm run -SnapshotName q -Quiesce -IncludeMemory } | Should -Be 'InvalidOption'
        Get-FailureId { Get-QemuSnapshot -Vm run q } | Should -Be 'SnapshotNotFound'
    }

    It 'bring back disks of a machine that was turned off, and with -Start the guest where it was' {
        Write-Live 4
        Stop-QemuVm run -TurnOff
        Restore-QemuSnapshot -Vm run disks -Confirm:$false
        Test-Pattern $First 3 | Should -BeTrue
        Test-Pattern $Second 3 | Should -BeTrue

        (Restore-QemuSnapshot -Vm run live -Start -PassThru -Confirm:$false).State | Should -Be 'Running'
        Invoke-Guest 'read -r note </note; echo $note' | Should -Be 'one'
        Test-Live 1
        (Get-QemuSnapshot -Vm run -Current).Name | Should -Be 'live'
    }

    It 'start the guest where it was, paused if wanted' {
        Stop-QemuVm run -TurnOff
        (Get-QemuSnapshot -Vm run live | Start-QemuVm -Paused -Confirm:$false -PassThru).Status | Should -Be 'prelaunch'
        Resume-QemuVm run
        Invoke-Guest 'read -r note </note; echo $note' | Should -Be 'one'

        $failure = Get-Failure { Start-QemuVm run -FromSnapshot live -Confirm:$false }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmAlreadyRunning'
        $failure.ErrorDetails.RecommendedAction | Should -Match '^Restore-QemuSnapshot -Vm run live'
    }
}

Describe 'Start-QemuVm -FromSnapshot' {
    BeforeAll {
        $Iso = "$TestFolder/from.iso"
        [IO.File]::WriteAllBytes($Iso, [byte[]]::new(2048))
        $Vm = New-Machine from @{ IsoPath = $Iso }
        $First = $Vm.Disks[0].Path
        Write-Pattern $First 1
        $Snapshot = $Vm | New-QemuSnapshot -SnapshotName 'clean state'
    }

    BeforeEach { Write-Pattern $First 2 }

    AfterEach { if ((Get-QemuVm from).State -ne 'Off') { Stop-QemuVm from -TurnOff } }

    AfterAll { Remove-Machine from }

    It 'starts with the disks as they were' {
        (Start-QemuVm from -FromSnapshot 'clean state' -Confirm:$false -PassThru).State | Should -Be 'Running'
        (Get-FailureId { Start-QemuVm from -FromSnapshot 'clean state' -Confirm:$false }) | Should -Be 'VmAlreadyRunning'
        Stop-QemuVm from -TurnOff
        Test-Pattern $First 1 | Should -BeTrue
    }

    It 'takes snapshots from the pipeline, also those that have been through JSON or Clixml' {
        ($Snapshot | Start-QemuVm -Confirm:$false -PassThru).State | Should -Be 'Running'
        $Snapshot | Stop-QemuVm -TurnOff   # of the machine, not of one that is called as the snapshot is
        (Get-QemuVm from).State | Should -Be 'Off'
        ($Snapshot | ConvertTo-Json | ConvertFrom-Json | Start-QemuVm -Confirm:$false -PassThru).Name | Should -Be 'from'
        Stop-QemuVm from -TurnOff
        (Start-QemuVm -Vm $Vm -FromSnapshot $Snapshot -Confirm:$false -PassThru).Name | Should -Be 'from'
    }

    It 'loses nothing with -WhatIf, nor where nobody can be asked' {
        Start-QemuVm from -FromSnapshot 'clean state' -WhatIf
        $shell = Start-AnotherShell "try { Start-QemuVm from -FromSnapshot 'clean state' -ErrorAction Stop } catch { (`$_.FullyQualifiedErrorId -split ',')[0] }"
        $shell.StandardOutput.ReadToEnd().Trim() | Should -Be 'ConfirmationNeeded'
        (Get-QemuVm from).State | Should -Be 'Off'
        Test-Pattern $First 2 | Should -BeTrue
    }

    It 'refuses what cannot be, with the disks as they are' {
        Get-FailureId { Start-QemuVm from -FromSnapshot gone -Confirm:$false } | Should -Be 'SnapshotNotFound'
        Get-FailureId { Start-QemuVm from -FromSnapshot 'clean state' -Ephemeral -Confirm:$false } | Should -Be 'InvalidOption'
        $other = New-Machine fother
        Get-FailureId { Start-QemuVm fother -FromSnapshot $Snapshot -Confirm:$false } | Should -Be 'InvalidOption'
        Remove-Machine fother
        "$(Get-Failure { Get-QemuSnapshot $First 'clean state' | Start-QemuVm -Confirm:$false })" | Should -Match 'not of a machine. Try: Restore-QemuSnapshot'

        # A start that would fail is not begun.
        [IO.File]::Move($Iso, "$Iso.gone")
        Get-FailureId { Start-QemuVm from -FromSnapshot 'clean state' -Confirm:$false } | Should -Be 'MediumNotFound'
        Get-FailureId { Restore-QemuSnapshot -Vm from 'clean state' -Start -Confirm:$false } | Should -Be 'MediumNotFound'
        [IO.File]::Move("$Iso.gone", $Iso)
        Set-QemuVm from -Template
        Get-FailureId { Start-QemuVm from -FromSnapshot 'clean state' -Confirm:$false } | Should -Be 'VmIsTemplate'
        Set-QemuVm from -Template:$false
        Test-Pattern $First 2 | Should -BeTrue
    }

    It 'completes the names of the machine''s snapshots' {
        $line = "Start-QemuVm from -FromSnapshot cl"
        [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be "'clean state'"
    }
}

Describe 'The memory of a machine that has changed since' {
    BeforeAll {
        $Vm = New-Machine changed @{ MachineType = 'q35' }
        $null = New-QemuDisk "$TestFolder/plugged.qcow2" 16MB
        Start-QemuVm changed
        Add-QemuVmDisk changed "$TestFolder/plugged.qcow2"
        $null = $Vm | New-QemuSnapshot -SnapshotName plugged -IncludeMemory
        $places = Invoke-QmpCommand changed -Hmp 'info pci'
        Stop-QemuVm changed -TurnOff
    }

    AfterAll { Remove-Machine changed }

    It 'is not loaded into a QEMU that it does not fit, and the running guest stays' {
        Start-QemuVm changed
        $failure = Get-Failure { Restore-QemuSnapshot -Vm changed plugged -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Match '^VmRunning'
        "$failure" | Should -Match "another machine than it was then: .*'disk2'"
        (Get-QemuVm changed).State | Should -Be 'Running'
        Stop-QemuVm changed -TurnOff
    }

    It 'goes on with -Start in the machine that it is of, and says what is different now' {
        Set-QemuVm changed -MemoryStartupBytes 128MB
        Restore-QemuSnapshot -Vm changed plugged -Start -Confirm:$false -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match 'as it was when .plugged. was taken.*memoryStartupBytes'
        $now = Get-QemuVm changed
        $now.State, $now.MemoryAssigned | Should -Be 'Running', 64MB
        $now.PendingChanges | Should -Contain 'MemoryStartupBytes: 64 MiB now, 128 MiB after restart'
        Invoke-QmpCommand changed -Hmp 'info pci' | Should -Be $places
        (Get-QemuVmDisk changed disk2).Status | Should -Be 'Attached'
    }

    It 'goes on under the machine''s new name' {
        Stop-QemuVm changed -TurnOff
        Set-QemuVm changed -NewName renamed
        Restore-QemuSnapshot -Vm renamed plugged -Start -Confirm:$false -WarningAction SilentlyContinue
        (Get-QemuVm renamed).State | Should -Be 'Running'
        Stop-QemuVm renamed -TurnOff
        Set-QemuVm renamed -NewName changed
    }
}

Describe 'An external snapshot of a machine that is off' {
    BeforeEach {
        # One disk that can have snapshots inside and one that cannot.
        $First = (New-QemuDisk "$TestFolder/ext0.qcow2" 16MB -Force).Path
        $Second = (New-QemuDisk "$TestFolder/ext1.raw" 16MB -Force).Path
        $Vm = New-QemuVm ext -DiskPath $First, $Second -DiskBus VirtioBlk -Accelerator Tcg -MemoryStartupBytes 64MB
        Write-Pattern $First 1
        $null = qemu-io -f raw -c 'write -P 1 0 1M' $Second

        function Get-DiskPath { (Get-QemuVm ext).Disks.Path }
        function Write-Disk([int] $Pattern) { Get-DiskPath | ForEach-Object { Write-Pattern $_ $Pattern } }
        function Get-Chain([string] $Path) { (Get-QemuDisk $Path -BackingChain).Chain }
    }

    AfterEach {
        Remove-Machine ext
        [IO.Directory]::GetFiles($TestFolder, 'ext*') | ForEach-Object { [IO.File]::Delete($_) }
    }

    It 'leaves the images as they are: the machine goes on with overlays that name their bases'' formats' {
        $snapshot = $Vm | New-QemuSnapshot -SnapshotName 'x y' -External -OverlayPath $TestFolder
        $snapshot.Kind | Should -Be 'External'
        $snapshot.DiskPaths | Should -Be $First, $Second

        Get-DiskPath | Should -Be "$TestFolder/ext-disk0-x_y.qcow2", "$TestFolder/ext-disk1-x_y.qcow2"
        Get-DiskPath | ForEach-Object { (Get-QemuDisk $_).BackingFormat } | Should -Be 'qcow2', 'raw'
        Write-Disk 2
        Test-Pattern $First 1 | Should -BeTrue
        Start-QemuVm ext
        (Get-QemuVm ext).State | Should -Be 'Running'
    }

    It 'is gone back to with new overlays, and what was written since is deleted' {
        $null = $Vm | New-QemuSnapshot -SnapshotName x -External
        $lost = Get-DiskPath
        Write-Disk 2
        Restore-QemuSnapshot -Vm ext x -Confirm:$false

        Get-DiskPath | ForEach-Object { Test-Pattern $_ 1 | Should -BeTrue }
        $lost | ForEach-Object { [IO.File]::Exists($_) | Should -BeFalse }
        (Get-QemuSnapshot -Vm ext -Current).Name | Should -Be 'x'
    }

    It 'is removed by a merge: the machine goes on with its first images' {
        $null = $Vm | New-QemuSnapshot -SnapshotName x -External
        $overlays = Get-DiskPath
        Write-Disk 2
        Remove-QemuSnapshot -Vm ext x -Confirm:$false

        Get-DiskPath | Should -Be $First, $Second
        Test-Pattern $First 2 | Should -BeTrue
        (qemu-io -r -f raw -c 'read -P 2 0 1M' $Second | Out-String) | Should -Not -Match 'verification failed'
        $overlays | ForEach-Object { [IO.File]::Exists($_) | Should -BeFalse }
    }

    It 'is removed from the middle of a chain, and those after it stay' {
        foreach ($number in 1, 2, 3) {
            $null = $Vm | New-QemuSnapshot -SnapshotName "s$number" -External
            Write-Disk (10 + $number)
        }

        Remove-QemuSnapshot -Vm ext s2 -Confirm:$false
        (Get-QemuSnapshot -Vm ext).Name | Should -Be 's1', 's3'
        @(Get-Chain (Get-DiskPath)[0]).Count | Should -Be 2
        Get-DiskPath | ForEach-Object { Test-Pattern $_ 13 | Should -BeTrue }
        Restore-QemuSnapshot -Vm ext s3 -Confirm:$false
        Get-DiskPath | ForEach-Object { Test-Pattern $_ 12 | Should -BeTrue }
        Restore-QemuSnapshot -Vm ext s1 -Confirm:$false
        Get-DiskPath | ForEach-Object { Test-Pattern $_ 1 | Should -BeTrue }
    }

    It 'is not removed while two branches stand on it, and goes with its children' {
        $null = $Vm | New-QemuSnapshot -SnapshotName root -External
        $null = $Vm | New-QemuSnapshot -SnapshotName branch -External
        Restore-QemuSnapshot -Vm ext root -Confirm:$false
        Write-Disk 5

        $failure = Get-Failure { Remove-QemuSnapshot -Vm ext root -Confirm:$false }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'SnapshotInUse'
        Remove-QemuSnapshot -Vm ext root -IncludeChildren -Confirm:$false
        Get-DiskPath | Should -Be $First, $Second
        Test-Pattern $First 5 | Should -BeTrue
        @([IO.Directory]::GetFiles($TestFolder, 'ext-*')).Count | Should -Be 0
    }

    It 'is not destroyed by going back to an older one inside of the same image' {
        Remove-QemuVm ext -Confirm:$false
        $Vm = New-QemuVm ext -DiskPath $First -DiskBus VirtioBlk -Accelerator Tcg -MemoryStartupBytes 64MB
        $null = $Vm | New-QemuSnapshot -SnapshotName inside
        $null = $Vm | New-QemuSnapshot -SnapshotName x -External

        Get-FailureId { Restore-QemuSnapshot -Vm ext inside -Confirm:$false } | Should -Be 'SnapshotInUse'
        Remove-QemuSnapshot -Vm ext x -Confirm:$false
        Restore-QemuSnapshot -Vm ext inside -Confirm:$false
        Get-DiskPath | Should -Be $First
    }
}

Describe 'A snapshot of disks with the guest''s agent' {
    BeforeAll {
        $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
        $null = New-Machine calm @{ MachineType = 'q35'; MemoryStartupBytes = 256MB; Network = 'None'; KernelPath = $guest.Kernel; InitrdPath = $guest.Initrd; KernelCommandLine = 'console=ttyS0 quiet' }
        $Data = "$TestFolder/calm0.qcow2"
        $null = & mkfs.ext4 -q "$TestFolder/data.raw" 16M 2>&1
        $null = & qemu-img convert -O qcow2 "$TestFolder/data.raw" $Data
        Start-QemuVm calm -Wait GuestAgent -Timeout 90
        $null = Invoke-InGuest calm 'mkdir /data && mount -t ext4 /dev/vda /data'

        # What ext4 has on the disk: a file system that is in use says that its journal is needed (fs/ext4/ext4.h, INCOMPAT_RECOVER), one at rest does not.
        function Test-NeedsJournal([string] $Snapshot) {
            $null = & qemu-img convert -U -f qcow2 -l "snapshot.name=$Snapshot" -O raw $Data "$TestFolder/$Snapshot.raw"
            $superblock = [byte[]]::new(1024)
            $file = [IO.File]::OpenRead("$TestFolder/$Snapshot.raw")
            $file.Position = 1024
            $null = $file.Read($superblock, 0, 1024)
            $file.Dispose()
            "$($superblock[0x38]) $($superblock[0x39])" | Should -Be '83 239'
            [bool] ($superblock[0x60] -band 4)
        }

        function Get-FreezeLog { (Invoke-InGuest calm 'touch /run/fsfreeze; cat /run/fsfreeze').Trim() -split "`n" }
    }

    AfterAll { Remove-Machine calm }

    It 'is taken while its file systems are at rest: what the guest has not written yet is in it, and they go on afterwards' {
        $null = New-QemuSnapshot -Vm calm -SnapshotName moving
        # Nobody says sync: without the rest it would be in the guest's memory alone.
        $null = Invoke-InGuest calm 'echo precious >/data/note'
        $said = New-QemuSnapshot -Vm calm -SnapshotName rest -Quiesce -Verbose 4>&1 | Out-String

        $said | Should -Match '1 file systems of the guest are at rest'
        Get-FreezeLog | Should -Be 'freeze', 'thaw'
        Test-NeedsJournal moving | Should -BeTrue
        Test-NeedsJournal rest | Should -BeFalse
        (Get-QemuSnapshot -Vm calm).IsQuiesced | Should -Be $false, $true
        Invoke-InGuest calm 'echo on >/data/on && sync && cat /data/on' | Should -Be "on`n"
    }

    It 'has the file in it, as the guest itself reads from the snapshot' {
        Add-QemuVmDisk calm (New-QemuDisk "$TestFolder/past.qcow2" -BackingPath "$TestFolder/rest.raw" -BackingFormat raw).Path -Serial PAST -Live
        $read = Invoke-InGuest calm 'until grep -q PAST /sys/block/vdc/serial; do usleep 10000; done; mkdir /past; mount -t ext4 -o ro,noload /dev/vdc /past && cat /past/note && ls /past; umount /past'
        $read | Should -Be "precious`nlost+found`nnote`n"
    }

    It 'lets the file systems go on when it fails' {
        # A disk that is being copied is not QEMU's to take a snapshot of.
        $null = Invoke-QmpCommand calm -Command blockdev-add -Argument @{ driver = 'null-co'; 'node-name' = 'copy'; size = 16MB }
        $null = Invoke-QmpCommand calm -Command blockdev-backup -Argument @{ device = 'disk1-format'; target = 'copy'; sync = 'full'; speed = 1; 'job-id' = 'copying' }

        Get-FailureId { New-QemuSnapshot -Vm calm -SnapshotName failed -Quiesce } | Should -Be 'LiveChangeFailed'
        Get-FreezeLog | Select-Object -Last 2 | Should -Be 'freeze', 'thaw'
        Invoke-InGuest calm 'echo still >/data/still && sync && cat /data/still' | Should -Be "still`n"
        Get-Tag $Data | Should -Be 'moving', 'rest'
        (Get-QemuSnapshot -Vm calm).Name | Should -Be 'moving', 'rest'
    }
}
