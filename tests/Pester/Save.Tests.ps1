# QEMUPS_KILLS: how many processes are killed in the middle of saving, of each kind; a few without it.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
    $kills = if ($env:QEMUPS_KILLS) { [int]$env:QEMUPS_KILLS } else { 3 }
    $Random = [Random]::new()
    $disk = New-QemuDisk "$TestFolder/disk.qcow2" 64MB
    $null = New-QemuVm -Name writer -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 160MB -DiskPath $disk.Path -DiskBus VirtioBlk `
        -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet count'
    $null = New-QemuVm -Name bare -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk

    function Get-StateFile([string] $Name) { @([IO.Directory]::GetFiles("$env:QEMUPS_HOME/vms/$Name")) | ForEach-Object { [IO.Path]::GetFileName($_) } | Where-Object { $_ -ne 'vm.json' -and $_ -notlike 'vm.json.*' } | Sort-Object }

    # What a state is known by, in its description.
    function Set-Fingerprint([string] $Name, [string] $Value) {
        $path = "$env:QEMUPS_HOME/vms/$Name/state.json"
        [IO.File]::WriteAllText($path, ([IO.File]::ReadAllText($path) -replace '"fingerprint":"\w+"', $(if ($Value) { "`"fingerprint`":`"$Value`"" } else { '"fingerprint":null' })))
    }

    # The last number that the guest has told; what it told was on its disk before.
    function Get-LastBlock { [int][regex]::Matches([IO.File]::ReadAllText(([IO.Path]::GetDirectoryName((Get-QemuVm writer).QmpSocketPath)) + '/serial.log'), 'block (\d+)\r?\n')[-1].Groups[1].Value }
}

AfterAll { Exit-TestSession }

Describe 'A guest that writes to its disk' {
    It 'goes on where it was when it is saved and started again' {
        Start-QemuVm writer -Wait SerialText -Pattern 'block 10$' -Timeout 90
        (Save-QemuVm writer -PassThru).State | Should -Be 'Saved'
        $before = Get-LastBlock
        Get-StateFile writer | Should -Be 'state.json', 'state.vmstate'
        "$([IO.File]::GetUnixFileMode("$env:QEMUPS_HOME/vms/writer/state.vmstate"))" | Should -Be 'UserWrite, UserRead'
        Test-QemuDisk $disk.Path | Should -BeTrue

        (Start-QemuVm writer -Wait SerialText -Pattern "block $($before + 2)`$" -Timeout 30 -PassThru).State | Should -Be 'Running'
        Get-LastBlock | Should -BeGreaterThan $before
        Get-LastBlock | Should -BeLessThan ($before + 1000)
        Get-StateFile writer | Should -BeNullOrEmpty
    }

    It 'stays paused when it was, or with -Paused' {
        Suspend-QemuVm writer
        Stop-QemuVm writer -Save
        (Start-QemuVm writer -PassThru).State | Should -Be 'Paused'
        Resume-QemuVm writer
        Save-QemuVm writer
        (Start-QemuVm writer -Paused -PassThru).State | Should -Be 'Paused'
        Resume-QemuVm writer
        (Wait-QemuVm writer -For SerialText -Pattern 'block' -Timeout 30).State | Should -Be 'Running'
    }

    It 'goes on in the machine that it was saved in, whatever was changed in the definition since' {
        Save-QemuVm writer
        $path = (Get-QemuVm writer).Path
        $text = [IO.File]::ReadAllText($path)
        [IO.File]::WriteAllText($path, ($text -replace '"processorCount": 1', '"processorCount": 2'))

        Start-QemuVm writer -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match 'goes on as it was saved.*processorCount'
        @(Invoke-QmpCommand query-cpus-fast writer).Count | Should -Be 1
        [IO.File]::WriteAllText($path, $text)
    }

    It 'does not go on when its disk was changed meanwhile, and keeps its state' {
        Save-QemuVm writer
        & qemu-io -f qcow2 -c 'write -P 7 60M 512' $disk.Path > /dev/null
        Get-FailureId { Start-QemuVm writer } | Should -Be 'SavedStateInvalid'
        (Get-QemuVm writer).State | Should -Be 'Saved'
        (Get-Failure { Start-QemuVm writer }).ErrorDetails.RecommendedAction | Should -Match '^Start-QemuVm .writer. -DiscardState'
        Get-FailureId { Start-QemuVm writer -Ephemeral } | Should -Be 'InvalidOption'
    }

    It 'starts anew with -DiscardState' {
        (Start-QemuVm writer -DiscardState -Wait SerialText -Pattern 'guest is up' -Timeout 90 -PassThru).State | Should -Be 'Running'
        Get-StateFile writer | Should -BeNullOrEmpty
    }
}

Describe 'A shell that is killed while it saves' {
    It 'leaves a machine that goes on, and its disk whole' {
        $null = Wait-QemuVm writer -For SerialText -Pattern 'block' -Timeout 90
        $states = @()
        $elsewhere = [IO.Directory]::CreateDirectory("$TestFolder/killed").FullName
        $ways = '', "-Path '$elsewhere'", "-Path '$elsewhere/file' -Compress"
        $shells = 1..$kills | ForEach-Object { Start-AnotherShell "'ready'; `$null = [Console]::In.ReadLine(); Save-QemuVm writer $($ways[$_ % 3]); 'saved'" }
        foreach ($shell in $shells) {
            $null = $shell.StandardOutput.ReadLine()
            $shell.StandardInput.WriteLine()
            Start-Sleep -Milliseconds $Random.Next(0, 600)
            $shell.Kill()
            $shell.WaitForExit()
            $states += "$((Get-QemuVm writer).State)"

            if ($states[-1] -eq 'Saved') { Start-QemuVm writer } else { Resume-QemuVm writer }
            [IO.Directory]::GetFiles($elsewhere) | Should -BeNullOrEmpty
            (Wait-QemuVm writer -For SerialText -Pattern 'block' -NewText -Timeout 30).State | Should -Be 'Running'
        }

        # Nothing is in the way of doing it in peace.
        $last = Get-LastBlock
        Save-QemuVm writer
        Get-StateFile writer | Should -Be 'state.json', 'state.vmstate'
        Test-QemuDisk $disk.Path | Should -BeTrue
        "$(& qemu-io -r -f qcow2 -c "read -v $($last * 512) 16" $disk.Path)" | Should -Match "block.$last"
        if ($env:QEMUPS_KILLS) { Write-Host "killed with the machine $(($states | Group-Object | ForEach-Object { "$($_.Name) $($_.Count)" }) -join ', ')" }
    }
}

Describe 'A QEMU that is killed while it is saved' {
    It 'leaves a machine that is off or saved, and starts' {
        foreach ($number in 1..($kills * 3)) {
            Start-QemuVm bare
            $id = (Get-QemuVm bare).ProcessId
            $job = Save-QemuVm bare -AsJob -ErrorAction SilentlyContinue
            Start-Sleep -Milliseconds $Random.Next(0, 120)
            & kill -KILL $id 2> $null
            $null = $job | Wait-Job
            foreach ($problem in $job.ChildJobs[0].Error + $job.Error) { $problem.FullyQualifiedErrorId | Should -Match '^(VmSaveFailed|VmNotRunning|Qmp\w+),' }
            $job | Remove-Job
            $state = (Get-QemuVm bare).State
            $state | Should -BeIn 'Off', 'Saved'
            Get-StateFile bare | Should -Be $(if ($state -eq 'Saved') { 'state.json', 'state.vmstate' })
        }

        (Start-QemuVm bare -PassThru).State | Should -Be 'Running'
        Stop-QemuVm bare -TurnOff
    }

    It 'while it goes on from its state, keeps the state' {
        Start-QemuVm bare
        Save-QemuVm bare
        $state = "$env:QEMUPS_HOME/vms/bare/state.vmstate"
        $whole = [IO.File]::ReadAllBytes($state)
        [IO.File]::WriteAllBytes($state, $whole[0..([int]($whole.Length / 2))])
        "$(Get-Failure { Start-QemuVm bare })" | Should -Match 'is not what was saved'

        # Half a state ends QEMU in the middle of loading, where nobody can tell that it is half: older versions kept no fingerprint.
        Set-Fingerprint bare $null
        $failure = Get-Failure { Start-QemuVm bare }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'SavedStateInvalid'
        "$failure" | Should -Match 'QEMU could not load'
        (Get-QemuVm bare).State | Should -Be 'Saved'

        [IO.File]::WriteAllBytes($state, $whole)
        (Start-QemuVm bare -PassThru).State | Should -Be 'Running'
        Stop-QemuVm bare -TurnOff
    }
}

Describe 'A machine whose devices changed while it ran: <Type>' -ForEach @{ Type = 'q35' }, @{ Type = 'pc' } {
    BeforeAll {
        $name = "plug-$Type"
        foreach ($image in 'one', 'two', 'three') { $null = New-QemuDisk "$TestFolder/$name-$image.qcow2" 64MB }
        foreach ($disc in 'first', 'second') { [IO.File]::WriteAllBytes("$TestFolder/$name-$disc.iso", [byte[]]::new(1MB)) }
        $null = New-QemuVm $name -MachineType $Type -Accelerator Tcg -MemoryStartupBytes 64MB -DiskPath "$TestFolder/$name-one.qcow2" -IsoPath "$TestFolder/$name-first.iso"
        Start-QemuVm $name
    }

    It 'has nothing pending, for the running QEMU and the definition have both' {
        Add-QemuVmDisk $name "$TestFolder/$name-two.qcow2" -Bus VirtioBlk
        Add-QemuVmDisk $name "$TestFolder/$name-three.qcow2" -Bus VirtioScsi
        Set-QemuVmDisk $name cd0 -MediaPath "$TestFolder/$name-second.iso"
        (Get-QemuVm $name).PendingChanges | Should -BeNullOrEmpty
    }

    It 'goes on with them from its saved state, where they were' {
        $before = Invoke-QmpCommand $name -Hmp 'info pci'
        Save-QemuVm $name
        Start-QemuVm $name
        (Get-QemuVmDisk $name | Where-Object Status -eq Attached).Id | Should -Be (Get-QemuVm $name).Disks.Id
        (Get-QemuVmDisk $name cd0).DiskPath | Should -Be "$TestFolder/$name-second.iso"
        Invoke-QmpCommand $name -Hmp 'info pci' | Should -Be $before
    }

    It 'goes on without one that was taken out, and with the controller that it sat on' {
        $gone = (Get-QemuVmDisk $name | Where-Object Bus -eq VirtioScsi).Id
        (Remove-QemuVmDisk $name $gone).State | Should -Be 'Removed'
        (Get-QemuVm $name).PendingChanges | Should -Not -Match 'Drives'
        Save-QemuVm $name
        Start-QemuVm $name
        (Get-QemuVmDisk $name).Id | Should -Not -Contain $gone
        (Get-QemuVm $name).State | Should -Be 'Running'
    }

    It 'is not saved while QEMU has a device that could not be made again, and runs on' {
        $bus = if ($name -eq 'plug-q35') { @{ bus = 'hotplug3' } } else { @{} }
        $null = Invoke-QmpCommand device_add $name -Argument (@{ driver = 'virtio-rng-pci'; id = 'stranger' } + $bus)
        $failure = Get-Failure { Save-QemuVm $name }
        $failure.FullyQualifiedErrorId | Should -Match '^VmSaveFailed'
        "$failure" | Should -Match "'stranger' \(virtio-rng-pci\).*runs on as before"
        (Get-QemuVm $name).State | Should -Be 'Running'
        Stop-QemuVm $name -TurnOff
    }
}

Describe 'A state that is kept elsewhere' {
    BeforeAll { $Elsewhere = [IO.Directory]::CreateDirectory("$TestFolder/else where").FullName }

    BeforeEach {
        Start-QemuVm bare
        Save-QemuVm bare -Path $Elsewhere
        $State = "$Elsewhere/bare.vmstate"
    }

    AfterEach {
        if ((Get-QemuVm bare).State -eq 'Saved') { Start-QemuVm bare -DiscardState }
        Stop-QemuVm bare -TurnOff
        [IO.Directory]::GetFiles($Elsewhere) | Should -BeNullOrEmpty
    }

    It 'is found there by the next start, and gone when the guest has gone on' {
        $vm = Get-QemuVm bare
        $vm.State | Should -Be 'Saved'
        $vm.Status | Should -Be "in '$State'"
        "$([IO.File]::GetUnixFileMode($State))" | Should -Be 'UserWrite, UserRead'
        Set-QemuVm bare -NewName moved
        (Start-QemuVm moved -PassThru).State | Should -Be 'Running'
        Get-StateFile moved | Should -BeNullOrEmpty
        Stop-QemuVm moved -TurnOff
        Set-QemuVm moved -NewName bare
        Start-QemuVm bare
    }

    It 'is a state while it cannot be reached: the machine does not start without it' {
        [IO.File]::Move($State, "$TestFolder/unmounted")
        (Get-QemuVm bare).Status | Should -Be "its state '$State' is not there"
        $failure = Get-Failure { Start-QemuVm bare }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'SavedStateInvalid'
        "$failure" | Should -Match 'is not there; mount'
        [IO.File]::Move("$TestFolder/unmounted", $State)
        (Start-QemuVm bare -PassThru).State | Should -Be 'Running'
    }

    It 'is not taken for another file in its place, which is nobody''s to delete' {
        [IO.File]::WriteAllText($State, 'somebody else has written this')
        Get-FailureId { Start-QemuVm bare } | Should -Be 'SavedStateInvalid'
        Start-QemuVm bare -DiscardState
        [IO.File]::ReadAllText($State) | Should -Be 'somebody else has written this'
        [IO.File]::Delete($State)
    }

    It 'is exported with its machine, and removed with it' {
        $made = Import-QemuVm (Export-QemuVm bare $TestFolder/travel -IncludeState).FullName -NewName traveller -GenerateNewId -Force
        Get-StateFile traveller | Should -Be 'state.json', 'state.vmstate'
        (Start-QemuVm traveller -PassThru -WarningAction SilentlyContinue).State | Should -Be 'Running'
        Save-QemuVm traveller -Path "$Elsewhere/other"
        Remove-QemuVm traveller -Confirm:$false
        [IO.Directory]::GetFiles($Elsewhere) | Should -Be $State
    }

    It 'does not go to a folder that is not there, nor over a file' {
        Start-QemuVm bare
        $taken = "$TestFolder/taken"
        [IO.File]::WriteAllText($taken, 'mine')
        Get-FailureId { Save-QemuVm bare -Path $taken } | Should -Be 'FileExists'
        Get-FailureId { Save-QemuVm bare -Path "$TestFolder/nowhere/x" } | Should -Be 'DirectoryNotFound'
        (Get-QemuVm bare).State | Should -Be 'Running'
    }
}

Describe 'A compressed state' {
    It 'is gzip, smaller, and gone on from' {
        # A line may be half told when it matches; the one before it is whole.
        Start-QemuVm writer -Wait SerialText -Pattern 'block 3$' -Timeout 90
        $said = Save-QemuVm writer -Compress -Verbose 4>&1 | Out-String
        $said | Should -Match '\d+ MiB for \d+ MiB, \d+ %'
        $state = "$env:QEMUPS_HOME/vms/writer/state.vmstate"
        & gzip -t -S .vmstate $state
        $LASTEXITCODE | Should -Be 0
        [int][regex]::Match($said, '(\d+) %').Groups[1].Value | Should -BeLessThan 80

        $before = Get-LastBlock
        Start-QemuVm writer -Wait SerialText -Pattern "block $($before + 2)`$" -Timeout 30
        Get-LastBlock | Should -BeGreaterThan $before
        Stop-QemuVm writer -TurnOff
    }

    It 'that is damaged is noticed, and kept' {
        Start-QemuVm bare
        Save-QemuVm bare -Compress
        $state = "$env:QEMUPS_HOME/vms/bare/state.vmstate"
        $whole = [IO.File]::ReadAllBytes($state)
        $damaged = [byte[]] $whole.Clone()
        $damaged[-6] = $damaged[-6] -bxor 1   # its checksum
        [IO.File]::WriteAllBytes($state, $damaged)
        Set-Fingerprint bare $null
        $failure = Get-Failure { Start-QemuVm bare }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'SavedStateInvalid'
        "$failure" | Should -Match 'is damaged'
        (Get-QemuVm bare).State | Should -Be 'Saved'
        [IO.File]::WriteAllBytes($state, $whole)
        (Start-QemuVm bare -PassThru).State | Should -Be 'Running'
        Stop-QemuVm bare -TurnOff
    }

    It 'for which there is no room leaves the machine running, and says why' -Skip:([Environment]::UserName -ne 'root') {
        $small = [IO.Directory]::CreateDirectory("$TestFolder/small").FullName
        & mount -t tmpfs -o size=64k none $small
        try {
            Start-QemuVm bare
            foreach ($more in @{}, @{ Compress = $true }) {
                $failure = Get-Failure { Save-QemuVm bare -Path $small @more }
                ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmSaveFailed'
                if ($more.Compress) { "$failure" | Should -Match 'No space left' }
                (Get-QemuVm bare).State | Should -Be 'Running'
                [IO.Directory]::GetFiles($small) | Should -BeNullOrEmpty
                Get-StateFile bare | Should -BeNullOrEmpty
            }
        }
        finally {
            Stop-QemuVm bare -TurnOff
            & umount $small
        }
    }
}

Describe 'Save-QemuVm' {
    It 'changes nothing with -WhatIf, and says that a machine is off' {
        Start-QemuVm bare
        Save-QemuVm bare -WhatIf
        (Get-QemuVm bare).State | Should -Be 'Running'
        Stop-QemuVm bare -TurnOff
        Get-FailureId { Save-QemuVm bare } | Should -Be 'VmNotRunning'
    }

    It 'has its work finished, or given up, when it was killed between the last byte and QEMU''s end' {
        Start-QemuVm bare
        Save-QemuVm bare
        $folder = "$env:QEMUPS_HOME/vms/bare"
        Set-Fingerprint bare $null   # another stream will stand in its place
        $description = [IO.File]::ReadAllText("$folder/state.json")
        function Start-Unfinished {
            Start-QemuVm bare -DiscardState
            $null = Invoke-QmpCommand migrate bare -Argument @{ uri = "exec:cat > $folder/state.vmstate" }
            while ((Invoke-QmpCommand query-status bare).status -ne 'postmigrate') { Start-Sleep -Milliseconds 10 }
            [IO.File]::WriteAllText("$folder/state.json", $description)
            (Get-QemuVm bare).ProcessId
        }

        $first = Start-Unfinished
        $started = Start-QemuVm bare -PassThru
        $started.State | Should -Be 'Running'
        $started.ProcessId | Should -Not -Be $first
        Get-StateFile bare | Should -BeNullOrEmpty
        Stop-QemuVm bare -TurnOff

        $null = Start-Unfinished
        (Save-QemuVm bare -PassThru).State | Should -Be 'Saved'

        $same = Start-Unfinished
        (Resume-QemuVm bare -PassThru).ProcessId | Should -Be $same
        Get-StateFile bare | Should -BeNullOrEmpty
        Stop-QemuVm bare -TurnOff
    }
}

Describe 'Start-QemuVm -Ephemeral' {
    It 'leaves the image as it was, and no trace' {
        if ((Get-QemuVm writer).State -eq 'Saved') { Start-QemuVm writer -DiscardState; Stop-QemuVm writer -TurnOff }
        $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes($disk.Path)))
        Start-QemuVm writer -Ephemeral -Wait SerialText -Pattern 'block 5$' -Timeout 90
        Get-StateFile writer | Should -BeNullOrEmpty
        Get-FailureId { Save-QemuVm writer } | Should -Be 'NotSupported'
        Restart-QemuVm writer -Force -Timeout 20
        (Get-FailureId { Save-QemuVm writer }) | Should -Be 'NotSupported'
        Stop-QemuVm writer -TurnOff

        [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes($disk.Path))) | Should -Be $hash
        Get-StateFile writer | Should -BeNullOrEmpty
    }
}
