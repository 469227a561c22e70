BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $disk = New-QemuDisk "$TestFolder/disk.qcow2" 1GB
}

AfterAll { Exit-TestSession }

Describe 'New-QemuVm' {
    It 'defines a machine that is off' {
        $vm = New-QemuVm -Name plain -MemoryStartupBytes 512MB -ProcessorCount 2

        $vm.Name | Should -Be 'plain'
        $vm.State | Should -Be 'Off'
        $vm.MemoryStartup | Should -Be 512MB
        $vm.ProcessorCount | Should -Be 2
        [IO.File]::Exists($vm.Path) | Should -BeTrue
    }

    It 'takes a disk from the pipeline with its format' {
        $vm = $disk | New-QemuVm -Name piped

        $vm.Disks.Path | Should -Be $disk.Path
        $vm.Disks.Format | Should -Be 'qcow2'
    }

    It 'creates a disk for it' {
        $vm = New-QemuVm -Name withdisk -NewDiskPath "$TestFolder/new.qcow2" -NewDiskSizeBytes 3GB

        (Get-QemuDisk $vm.Disks.Path).SizeBytes | Should -Be 3GB
    }

    It 'makes neither machine nor disk when the name is taken' {
        Get-FailureId { New-QemuVm -Name plain -NewDiskPath "$TestFolder/never.qcow2" -NewDiskSizeBytes 1GB } | Should -Be 'VmExists'
        [IO.File]::Exists("$TestFolder/never.qcow2") | Should -BeFalse
    }

    It 'boots from the disc first when there is one' {
        $json = [IO.File]::ReadAllText((New-QemuVm -Name withiso -IsoPath $MemtestIso).Path) | ConvertFrom-Json

        $json.bootOrder[0] | Should -Be 'CdRom'
    }

    It 'says that the ISO is not there' {
        Get-FailureId { New-QemuVm -Name never -IsoPath "$TestFolder/ghost.iso" } | Should -Be 'MediumNotFound'
    }

    It 'refuses the name "<Shown>"' -ForEach @(
        @{ Shown = 'a/b'; Name = 'a/b' }
        @{ Shown = '300 x'; Name = 'x' * 300 }
        @{ Shown = 'nothing'; Name = '' }
        @{ Shown = 'a newline'; Name = "a`nb" }
        @{ Shown = '..'; Name = '..' }
    ) {
        Get-FailureId { New-QemuVm -Name $Name } | Should -Be 'InvalidVmName'
    }

    It 'refuses the same name twice' {
        Get-FailureId { New-QemuVm -Name plain } | Should -Be 'VmExists'
    }

    It 'defines nothing with -WhatIf' {
        New-QemuVm -Name whatif -WhatIf | Should -BeNullOrEmpty
        Get-QemuVm whatif* | Should -BeNullOrEmpty
    }

    It 'refuses a port forward it cannot read' {
        Get-FailureId { New-QemuVm -Name never -PortForward '22' } | Should -Be 'InvalidOption'
    }
}

Describe 'Get-QemuVm' {
    It 'lists all machines, or those whose name fits' {
        (Get-QemuVm).Count | Should -BeGreaterThan 2
        (Get-QemuVm pl*).Name | Should -Be 'plain'
        (Get-QemuVm PLAIN).Name | Should -Be 'plain'
    }

    It 'finds a machine by its id' {
        $vm = Get-QemuVm plain

        (Get-QemuVm -Id $vm.Id).Name | Should -Be 'plain'
    }

    It 'says that there is no such machine, but not for a pattern' {
        Get-FailureId { Get-QemuVm ghost } | Should -Be 'VmNotFound'
        Get-QemuVm ghost* | Should -BeNullOrEmpty
    }

    It 'takes an object that went through a file' {
        $again = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize((Get-QemuVm plain)))

        ($again | Get-QemuVm).Name | Should -Be 'plain'
        (Get-QemuVm -Vm $again).Name | Should -Be 'plain'
    }

    It 'reports a definition that is damaged, and lists the others' {
        $null = New-QemuVm -Name damaged
        [IO.File]::WriteAllText((Get-QemuVm damaged).Path, "{ `"name`": `"damaged`",`n `"vga`": 12 }")

        $vms = Get-QemuVm -ErrorVariable problems -ErrorAction SilentlyContinue

        $problems[0].FullyQualifiedErrorId | Should -BeLike 'InvalidDefinition,*'
        $problems[0].Exception.Message | Should -Match 'line 2'
        $vms.Name | Should -Contain 'plain'
        [IO.Directory]::Delete("$TestFolder/home/vms/damaged", $true)
    }

    It 'filters by tag' {
        $null = New-QemuVm -Name tagged -Tag web, test

        (Get-QemuVm -Tag we*).Name | Should -Be 'tagged'
    }
}

Describe 'Start-QemuVm and Stop-QemuVm' {
    BeforeAll {
        $null = New-QemuVm -Name runner -Accelerator Tcg -MemoryStartupBytes 64MB -DiskPath $disk.Path
        Start-QemuVm runner
    }

    It 'runs' {
        $vm = Get-QemuVm runner

        $vm.State | Should -Be 'Running'
        $vm.Accelerator | Should -Be 'Tcg'
        $vm.MemoryAssigned | Should -Be 64MB
        $vm.Uptime | Should -BeGreaterThan ([timespan]::Zero)
        [IO.File]::ReadAllText("/proc/$($vm.ProcessId)/comm") | Should -Match 'qemu'
    }

    It 'keeps its sockets to its owner' {
        $folder = [IO.Path]::GetDirectoryName((Get-QemuVm runner).QmpSocketPath)

        [IO.File]::GetUnixFileMode($folder) | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite, UserExecute')
    }

    It 'cannot be started twice' {
        Get-FailureId { Start-QemuVm runner } | Should -Be 'VmAlreadyRunning'
    }

    It 'says who has its disk' {
        $used = Get-QemuDisk $disk.Path

        $used.InUse | Should -BeTrue
        $used.LockedBy.Name | Should -Be 'runner'
        $used.LockedBy.ProcessId | Should -Be (Get-QemuVm runner).ProcessId
        Get-FailureId { Remove-QemuDisk $disk.Path -Confirm:$false } | Should -Be 'DiskLocked'
        Get-FailureId { New-QemuDisk $disk.Path 1GB -Force } | Should -Be 'DiskLocked'
        Get-FailureId { New-QemuDisk "$TestFolder/bomb.qcow2" -BackingPath $disk.Path } | Should -Be 'DiskLocked'
    }

    It 'does not start another machine with the same disk' {
        $null = New-QemuVm -Name second -Accelerator Tcg -MemoryStartupBytes 64MB -DiskPath $disk.Path

        $failure = Get-Failure { Start-QemuVm second }

        $failure.FullyQualifiedErrorId | Should -BeLike 'DiskLocked,*'
        $failure.Exception.Message | Should -Match 'runner'
    }

    It 'is not removed while it runs' {
        Get-FailureId { Remove-QemuVm runner -Confirm:$false } | Should -Be 'VmRunning'
    }

    It 'keeps running, and says so, when the guest does not obey' {
        $failure = Get-Failure { Stop-QemuVm runner -Timeout 1 }

        $failure.FullyQualifiedErrorId | Should -BeLike 'VmShutdownTimeout,*'
        $failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
        (Get-QemuVm runner).State | Should -Be 'Running'
    }

    It 'is turned off with -Force when the guest does not obey' {
        Stop-QemuVm runner -Timeout 1 -Force -WarningAction SilentlyContinue

        (Get-QemuVm runner).State | Should -Be 'Off'
    }

    It 'is off after -TurnOff, with nothing left of its sockets' {
        $vm = Start-QemuVm runner -PassThru
        $vm | Stop-QemuVm -TurnOff -PassThru | ForEach-Object State | Should -Be 'Off'

        Test-ProcessRuns $vm.ProcessId | Should -BeFalse
        [IO.Directory]::GetFiles([IO.Path]::GetDirectoryName($vm.QmpSocketPath), '*.sock') | Should -BeNullOrEmpty
    }

    It 'only warns when it does not run anyway' {
        Stop-QemuVm runner -WarningVariable said -WarningAction SilentlyContinue

        $said[0].Message | Should -Match 'not running'
    }

    It 'is off after QEMU was killed, and starts again' {
        $first = Start-QemuVm runner -PassThru
        [Diagnostics.Process]::GetProcessById($first.ProcessId).Kill()
        while (Test-ProcessRuns $first.ProcessId) { Start-Sleep -Milliseconds 10 }

        $off = Get-QemuVm runner
        $off.State | Should -Be 'Off'
        $off.Status | Should -Match 'ended unexpectedly'

        (Start-QemuVm runner -PassThru).State | Should -Be 'Running'
        Stop-QemuVm runner -TurnOff
    }

    It 'waits in prelaunch with -Paused' {
        (Start-QemuVm runner -Paused -PassThru).State | Should -Be 'Starting'
        Invoke-QmpCommand cont runner
        (Get-QemuVm runner).State | Should -Be 'Running'
        Stop-QemuVm runner -TurnOff
    }

    It 'starts once when two shells start it at the same time' {
        $shells = 1, 2 | ForEach-Object { Start-AnotherShell 'try { Start-QemuVm runner -ErrorAction Stop; "started" } catch { $_.FullyQualifiedErrorId }' }
        $said = $shells | ForEach-Object { $_.StandardOutput.ReadToEnd().Trim() } | Sort-Object

        $said | Should -HaveCount 2
        $said[0] | Should -Be 'started'
        $said[1] | Should -BeLike 'VmAlreadyRunning,*'
        Stop-QemuVm runner -TurnOff
    }

    It 'quotes QEMU when it refuses an argument' {
        $null = New-QemuVm -Name refused -Accelerator Tcg -QemuArgument '-device', 'no-such-device'

        $failure = Get-Failure { Start-QemuVm refused -NoPreflight }

        $failure.FullyQualifiedErrorId | Should -BeLike 'VmStartFailed,*'
        $failure.Exception.Message | Should -Match "'no-such-device' is not a valid device model name"
        (Get-QemuVm refused).State | Should -Be 'Off'
    }

    It 'quotes QEMU also when it refuses only after it has opened its log' {
        $null = New-QemuVm -Name late -Accelerator Tcg -QemuArgument '-device', 'usb-tablet,bus=nowhere.0'

        (Get-Failure { Start-QemuVm late }).Exception.Message | Should -Match "Bus 'nowhere.0' not found"
    }

    It 'says which package to install when there is no QEMU' {
        $path = $env:PATH
        try {
            $env:PATH = $TestFolder
            $failure = Get-Failure { Start-QemuVm runner }
        }
        finally { $env:PATH = $path }

        $failure.FullyQualifiedErrorId | Should -BeLike 'ToolNotFound,*'
        $failure.ErrorDetails.RecommendedAction | Should -Be 'sudo apt-get install qemu-system-x86'
    }

    It 'says which disc is missing before QEMU is asked' {
        [IO.File]::WriteAllText("$TestFolder/once.iso", 'x')
        $null = New-QemuVm -Name discless -IsoPath "$TestFolder/once.iso" -Accelerator Tcg
        [IO.File]::Delete("$TestFolder/once.iso")

        Get-FailureId { Start-QemuVm discless } | Should -Be 'MediumNotFound'
    }

    It 'starts with paths and names that have commas and quotes' {
        $odd = New-QemuDisk "$TestFolder/od,d 'name`".qcow2" 64MB
        $null = New-QemuVm -Name 'odd one' -DiskPath $odd.Path -Accelerator Tcg -MemoryStartupBytes 64MB

        (Start-QemuVm 'odd one' -PassThru).State | Should -Be 'Running'
        Stop-QemuVm 'odd one' -TurnOff
    }

    It 'starts what ConvertTo-QemuCommandLine prints, word for word' {
        $words = ConvertTo-QemuCommandLine runner -Shell Array
        Start-QemuVm runner
        $real = [IO.File]::ReadAllText("/proc/$((Get-QemuVm runner).ProcessId)/cmdline").TrimEnd("`0") -split "`0"
        Stop-QemuVm runner -TurnOff

        $real[1..($real.Count - 1)] | Should -Be $words[1..($words.Count - 1)]
    }

    It 'prints a command that bash runs' {
        $printed = ConvertTo-QemuCommandLine runner | Out-String
        $folder = [IO.Path]::GetDirectoryName((Get-QemuVm runner).QmpSocketPath)
        [IO.Directory]::CreateDirectory($folder) | Out-Null

        $printed | & bash
        $LASTEXITCODE | Should -Be 0
        (Get-QemuVm runner).State | Should -Be 'Running'
        Stop-QemuVm runner -TurnOff
    }

    It 'says that a socket''s path would be too long' {
        $usual = $env:XDG_RUNTIME_DIR
        try {
            $env:XDG_RUNTIME_DIR = "$TestFolder/$('x' * 100)"
            [IO.Directory]::CreateDirectory($env:XDG_RUNTIME_DIR) | Out-Null
            $failure = Get-Failure { Start-QemuVm runner }
        }
        finally { $env:XDG_RUNTIME_DIR = $usual }

        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidPath,*'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'XDG_RUNTIME_DIR'
    }

    It 'shows a list of machines in a table' {
        Get-QemuVm runner | Out-String | Should -Match 'Name\s+State\s+CPUs\s+CPU%\s+Memory'
    }
}

Describe 'The accelerator' {
    It 'is chosen by what really runs, and TCG comes with a warning' {
        $null = New-QemuVm -Name auto -MemoryStartupBytes 64MB
        $vm = Start-QemuVm auto -PassThru -WarningVariable said -WarningAction SilentlyContinue
        Stop-QemuVm auto -TurnOff

        if ($vm.Accelerator -eq 'Tcg') { $said[0].Message | Should -Match 'without KVM' }
        else { $said | Should -BeNullOrEmpty }
    }

    It 'shows a machine that KVM cannot go on with as Critical, never as Running' -Skip:(-not [IO.File]::Exists('/dev/kvm')) {
        $null = New-QemuVm -Name kvm -Accelerator Kvm -MemoryStartupBytes 128MB -IsoPath $MemtestIso
        Start-QemuVm kvm
        $limit = [DateTime]::UtcNow.AddSeconds(15)
        do { $vm = Get-QemuVm kvm; $status = (Invoke-QmpCommand query-status kvm).status }
        while ($status -eq 'running' -and [DateTime]::UtcNow -lt $limit)
        $vm = Get-QemuVm kvm
        Stop-QemuVm kvm -TurnOff

        $vm.State | Should -Be $(if ($status -eq 'internal-error') { 'Critical' } else { 'Running' })
        $vm.Status | Should -Be $status
    }
}

Describe 'Remove-QemuVm' {
    It 'leaves the disks' {
        $null = New-QemuVm -Name leaves -NewDiskPath "$TestFolder/leaves.qcow2" -NewDiskSizeBytes 64MB
        Remove-QemuVm leaves -Confirm:$false

        [IO.File]::Exists("$TestFolder/leaves.qcow2") | Should -BeTrue
        Get-QemuVm leaves* | Should -BeNullOrEmpty
    }

    It 'deletes the disks when asked to, but not another machine''s' {
        $null = New-QemuVm -Name owner -DiskPath "$TestFolder/leaves.qcow2"
        $null = New-QemuVm -Name other -DiskPath "$TestFolder/leaves.qcow2"

        Get-FailureId { Remove-QemuVm owner -DeleteDisks -Confirm:$false } | Should -Be 'DiskInUse'
        Remove-QemuVm other -Confirm:$false
        Remove-QemuVm owner -DeleteDisks -Confirm:$false
        [IO.File]::Exists("$TestFolder/leaves.qcow2") | Should -BeFalse
    }

    It 'turns a running machine off with -Force' {
        $null = New-QemuVm -Name forced -Accelerator Tcg -MemoryStartupBytes 64MB
        $vm = Start-QemuVm forced -PassThru
        Remove-QemuVm forced -Force -Confirm:$false

        Test-ProcessRuns $vm.ProcessId | Should -BeFalse
    }

    It 'removes nothing with -WhatIf' {
        $null = New-QemuVm -Name safe
        Remove-QemuVm safe -WhatIf

        (Get-QemuVm safe).Name | Should -Be 'safe'
    }
}

Describe 'Invoke-QmpCommand' {
    BeforeAll {
        $null = New-QemuVm -Name qmp -Accelerator Tcg -MemoryStartupBytes 64MB
        Start-QemuVm qmp
    }

    AfterAll { Stop-QemuVm qmp -TurnOff }

    It 'returns QEMU''s answer as objects' {
        (Invoke-QmpCommand query-version qmp).qemu.major | Should -BeGreaterThan 6
        (Invoke-QmpCommand query-commands qmp).Count | Should -BeGreaterThan 100
    }

    It 'passes arguments on' {
        Invoke-QmpCommand stop qmp
        (Get-QemuVm qmp).State | Should -Be 'Paused'
        Invoke-QmpCommand cont qmp
        (Invoke-QmpCommand qom-get qmp @{ path = '/machine'; property = 'type' }) | Should -BeLike 'pc-*'
    }

    It 'returns the human monitor''s text' {
        Invoke-QmpCommand qmp -Hmp 'info version' | Should -Match '^\d+\.\d+'
    }

    It 'quotes QEMU''s refusal' {
        (Get-Failure { Invoke-QmpCommand nonsense qmp }).Exception.Message | Should -Match 'nonsense has not been found'
    }

    It 'takes machines from the pipeline' {
        (Get-QemuVm qmp | Invoke-QmpCommand query-name).name | Should -Be 'qmp'
    }

    It 'sends nothing that changes the machine with -WhatIf' {
        Invoke-QmpCommand stop qmp -WhatIf
        (Get-QemuVm qmp).State | Should -Be 'Running'
    }

    It 'says that a machine does not run' {
        $null = New-QemuVm -Name still

        Get-FailureId { Invoke-QmpCommand query-status still } | Should -Be 'VmNotRunning'
    }
}

Describe 'A store that cannot be written' {
    It 'keeps the old definition when the disk is full' -Skip:((& id -u) -ne '0') {
        # A file system of one page: the first definition fits, the second does not.
        $full = "$TestFolder/full"
        [IO.Directory]::CreateDirectory($full) | Out-Null
        & mount -t tmpfs -o size=8k tmpfs $full
        $LASTEXITCODE | Should -Be 0
        $usual = $env:QEMUPS_HOME
        try {
            $env:QEMUPS_HOME = $full
            $null = New-QemuVm -Name first
            $before = [IO.File]::ReadAllText((Get-QemuVm first).Path)
            $failures = 1..3 | ForEach-Object { Get-FailureId { New-QemuVm -Name "next$_" -Notes ('x' * 6000) } }

            $failures | Should -Contain 'FileSystemError'
            [IO.File]::ReadAllText((Get-QemuVm first).Path) | Should -Be $before
            (Get-QemuVm).Name | Should -Be 'first'
        }
        finally {
            $env:QEMUPS_HOME = $usual
            & umount $full
        }
    }

    It 'says that the store is read-only' {
        $usual = $env:QEMUPS_HOME
        try {
            $env:QEMUPS_HOME = '/proc/nowhere'
            Get-FailureId { New-QemuVm -Name never } | Should -BeIn 'FileSystemError', 'AccessDenied'
        }
        finally { $env:QEMUPS_HOME = $usual }
    }
}
