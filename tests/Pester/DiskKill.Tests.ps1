BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $Source = New-QemuDisk "$TestFolder/source.qcow2" 64MB
    $null = qemu-io -f qcow2 -c 'write -P 1 0 64M' $Source.Path
    $Copy = "$TestFolder/copy.raw"
    $Random = [Random]::new(20261124)

    function Get-Hash([string] $Path) { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes($Path))) }

    function Get-Tool { [IO.Directory]::GetDirectories('/proc') | Where-Object { $_ -match '/\d+$' } | ForEach-Object {
            $id = [int][IO.Path]::GetFileName($_)
            try { if ([IO.File]::ReadAllText("$_/cmdline") -match '^\S*qemu-img\0' -and [IO.File]::ReadAllText("$_/cmdline").Contains($TestFolder)) { $id } } catch { Write-Verbose 'It has gone.' }
        }
    }

    # The tool goes on without the shell that started it; its end is awaited, so that nothing changes any more.
    function Wait-Tool { while ($ids = @(Get-Tool | Where-Object { Test-ProcessRuns $_ })) { Start-Sleep -Milliseconds 10 } }
}

AfterAll { Exit-TestSession }

Describe 'A shell that is killed' -Tag AnyEngine {
    It 'leaves the source as it was and the destination complete or not there, at 20 moments of a conversion' {
        $before = Get-Hash $Source.Path
        $killedAtWork = 0
        foreach ($moment in 1..20) {
            $shell = Start-AnotherShell "'ready'; Convert-QemuDisk '$($Source.Path)' '$Copy' -RateLimitBytesPerSecond 256MB | Out-Null; 'done'"
            $null = $shell.StandardOutput.ReadLine()
            # On a busy host the tool comes late.
            while (-not @(Get-Tool) -and -not $shell.HasExited) { Start-Sleep -Milliseconds 10 }
            Start-Sleep -Milliseconds $Random.Next(0, 200)
            if (@(Get-Tool)) { $killedAtWork++ }
            $shell.Kill()
            $shell.WaitForExit()
            Wait-Tool

            Get-Hash $Source.Path | Should -Be $before
            if ([IO.File]::Exists($Copy)) {
                Compare-QemuDisk $Source.Path $Copy | Should -BeTrue
                [IO.File]::Delete($Copy)
            }
        }

        $killedAtWork | Should -BeGreaterThan 4
    }

    It 'leaves at most a partial file, which the next conversion takes away when it is old' {
        $partial = "$TestFolder/.qemups-0123456789abcdef0123456789abcdef.partial"
        [IO.File]::WriteAllText($partial, 'left')
        $null = Convert-QemuDisk $Source.Path $Copy -Force
        [IO.File]::Exists($partial) | Should -BeTrue

        # With those that the killed shells have left.
        [IO.Directory]::GetFiles($TestFolder, '.qemups-*') | ForEach-Object { [IO.File]::SetLastWriteTimeUtc($_, [DateTime]::UtcNow.AddMinutes(-5)) }
        $null = Convert-QemuDisk $Source.Path $Copy -Force
        [IO.Directory]::GetFiles($TestFolder, '.qemups-*') | Should -BeNullOrEmpty
    }
}
