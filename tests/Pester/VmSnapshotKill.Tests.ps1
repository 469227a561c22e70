# Twenty random moments at which a shell or a QEMU is killed: the machine and its older snapshots are there afterwards.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $Random = [Random]::new(20261125)
    $Disks = foreach ($number in 0, 1) { (New-QemuDisk "$TestFolder/d$number.qcow2" 8MB).Path }
    foreach ($disk in $Disks) { $null = qemu-io -f qcow2 -c 'write -P 1 0 1M' $disk }
    $Vm = New-QemuVm dev -DiskPath $Disks -DiskBus VirtioBlk -Accelerator Tcg -MemoryStartupBytes 32MB -Network None
    $null = $Vm | New-QemuSnapshot -SnapshotName kept

    # qemu-img goes on without the shell that started it; its end is awaited, so that nothing changes any more.
    function Wait-Tool {
        while (@(Get-ProcessOf 'qemu-img').Count -gt 0) { Start-Sleep -Milliseconds 10 }
    }

    function Get-ProcessOf([string] $Program) {
        foreach ($folder in [IO.Directory]::GetDirectories('/proc')) {
            if ($folder -notmatch '/\d+$') { continue }
            try { $line = [IO.File]::ReadAllText("$folder/cmdline") } catch { continue }
            if ($line -match "^\S*$Program\0" -and $line.Contains($TestFolder) -and (Test-ProcessRuns ([int] [IO.Path]::GetFileName($folder)))) { $folder }
        }
    }

    # Work was under way at that moment: it is in the machine's notes.
    $Notes = "$env:QEMUPS_HOME/vms/dev/snapshots.json"
    $Interrupted = [Collections.Generic.List[string]]::new()
    function Add-Interruption { if ([IO.File]::ReadAllText($Notes) -match '"work": "(\w+)"') { $Interrupted.Add($Matches[1]) } }

    # Whatever had happened, the next call puts it in order: what is there is whole, and 'kept' is among it.
    function Test-Kept {
        $null = $Vm | New-QemuSnapshot -SnapshotName next -WarningAction SilentlyContinue
        $all = Get-QemuSnapshot -Vm dev -WarningVariable left -WarningAction SilentlyContinue
        @($left) -notmatch 'return of' | Should -BeNullOrEmpty
        $all.Name | Should -Contain 'kept'
        foreach ($snapshot in $all) { $snapshot.DiskPaths.Count | Should -Be 2 }
        for ($last = $all.Count - 1; $last -gt 0; $last--) { $all[$last] | Remove-QemuSnapshot -Confirm:$false }
        Restore-QemuSnapshot -Vm dev kept -Confirm:$false
        (Get-QemuVm dev).Disks.Path | Should -Be $Disks
        foreach ($disk in $Disks) {
            (qemu-io -r -f qcow2 -c 'read -P 1 0 1M' $disk | Out-String) | Should -Not -Match 'verification failed'
            # Clusters that nobody uses are no harm.
            (qemu-img check --output=json $disk 2>$null | Out-String | ConvertFrom-Json).corruptions | Should -BeNullOrEmpty
        }

        [IO.Directory]::GetFiles($TestFolder, 'dev-*') | Should -BeNullOrEmpty
        (Get-QemuSnapshot -Vm dev).Name | Should -Be 'kept'
    }
}

AfterAll { Exit-TestSession }

Describe 'A machine with snapshots' -Tag AnyEngine {
    It 'keeps them when a shell is killed that works on its snapshots (<External>)' -ForEach @{ External = '' }, @{ External = '-External' } {
        foreach ($moment in 1..5) {
            $work = "while (`$true) { `$null = New-QemuSnapshot -Vm dev -SnapshotName x $External; foreach (`$disk in (Get-QemuVm dev).Disks.Path) { `$null = qemu-io -f qcow2 -c 'write -P 2 0 1M' `$disk }; Restore-QemuSnapshot -Vm dev x -Confirm:`$false; Remove-QemuSnapshot -Vm dev x -Confirm:`$false }"
            $shell = Start-AnotherShell "`$WarningPreference = 'SilentlyContinue'; `$null = Get-QemuSnapshot -Vm dev; 'ready'; $work"
            $null = $shell.StandardOutput.ReadLine()
            Start-Sleep -Milliseconds $Random.Next(0, 600)
            $shell.Kill()
            $shell.WaitForExit()
            Wait-Tool
            while (@(Get-ProcessOf 'qemu-io').Count -gt 0) { Start-Sleep -Milliseconds 10 }
            Add-Interruption
            Test-Kept
        }

        $Interrupted.Count | Should -BeGreaterThan 0
        $Interrupted.Clear()
    }

    It 'keeps them when its QEMU is killed that takes one' {
        foreach ($moment in 1..10) {
            Start-QemuVm dev
            $process = [Diagnostics.Process]::GetProcessById((Get-QemuVm dev).ProcessId)
            $job = $Vm | New-QemuSnapshot -SnapshotName x -IncludeMemory:($moment % 2 -eq 0) -External:($moment % 3 -eq 1 -and $moment % 2 -eq 1) -AsJob
            # From where the work is noted on, which a job's new session takes its time to come to.
            while ($job.State -eq 'Running' -and [IO.File]::ReadAllText($Notes) -notmatch '"work"') { Start-Sleep -Milliseconds 1 }
            Start-Sleep -Milliseconds $Random.Next(0, 30)
            $process.Kill()
            $null = $job | Wait-Job
            $job | Remove-Job
            while (Test-ProcessRuns $process.Id) { Start-Sleep -Milliseconds 5 }
            Add-Interruption
            Test-Kept
        }

        $Interrupted.Count | Should -BeGreaterThan 0
    }
}
