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

        (Start-QemuVm writer -Wait SerialText -Pattern 'block \d+$' -Timeout 30 -PassThru).State | Should -Be 'Running'
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
        $shells = 1..$kills | ForEach-Object { Start-AnotherShell "'ready'; `$null = [Console]::In.ReadLine(); Save-QemuVm writer; 'saved'" }
        foreach ($shell in $shells) {
            $null = $shell.StandardOutput.ReadLine()
            $shell.StandardInput.WriteLine()
            Start-Sleep -Milliseconds $Random.Next(0, 600)
            $shell.Kill()
            $shell.WaitForExit()
            $states += "$((Get-QemuVm writer).State)"

            if ($states[-1] -eq 'Saved') { Start-QemuVm writer } else { Resume-QemuVm writer }
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

        # Half a state ends QEMU in the middle of loading.
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
