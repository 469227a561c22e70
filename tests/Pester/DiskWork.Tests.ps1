BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession

    # 3 MiB of content in an image of 64 MiB, with a pattern of its own.
    function New-FilledDisk([string] $Name, [int] $Pattern = 7, [hashtable] $With = @{}) {
        $disk = New-QemuDisk "$TestFolder/$Name" 64MB @With
        Write-Pattern $disk.Path $Pattern '1M' '3M'
        $disk
    }

    function Write-Pattern([string] $Path, [int] $Pattern, [string] $Offset, [string] $Length) {
        $format = (Get-QemuDisk -LiteralPath $Path).Format
        $said = qemu-io -f $format -c "write -P $Pattern $Offset $Length" $Path
        if ($LASTEXITCODE) { throw "$said" }
    }

    # Whether a guest would read the pattern there.
    function Test-Pattern([string] $Path, [int] $Pattern, [string] $Offset, [string] $Length) {
        $said = qemu-io -r -f (Get-QemuDisk -LiteralPath $Path).Format -c "read -P $Pattern $Offset $Length" $Path | Out-String
        $LASTEXITCODE -eq 0 -and $said -notmatch 'verification failed'
    }

    function Get-Hash([string] $Path) { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes($Path))) }

    function Get-Partial { [IO.Directory]::GetFileSystemEntries($TestFolder, '.qemups-*') }
}

AfterAll { Exit-TestSession }

Describe 'Convert-QemuDisk' {
    It 'makes a <Format> image with the same content' -ForEach @(
        @{ Format = 'qcow2'; Name = 'to.qcow2' }, @{ Format = 'raw'; Name = 'to.raw' }, @{ Format = 'vmdk'; Name = 'to.vmdk' }
        @{ Format = 'vdi'; Name = 'to.vdi' }, @{ Format = 'vhdx'; Name = 'to.vhdx' }
    ) {
        $source = New-FilledDisk "from-$Format.qcow2"
        $copy = $source | Convert-QemuDisk -DestinationPath "$TestFolder/$Name"

        $copy.Format | Should -Be $Format
        $copy.SizeBytes | Should -Be 64MB
        $null = qemu-img compare -f qcow2 -F $Format $source.Path $copy.Path
        $LASTEXITCODE | Should -Be 0
        Get-Partial | Should -BeNullOrEmpty
    }

    It 'converts into a folder, one name for each' {
        1..3 | ForEach-Object { $null = New-FilledDisk "many$_.vmdk" $_ }
        $folder = [IO.Directory]::CreateDirectory("$TestFolder/converted").FullName

        $made = Get-ChildItem "$TestFolder/many*.vmdk" | Convert-QemuDisk -DestinationPath $folder -Format Qcow2 -ThrottleLimit 2

        ($made.Path | Sort-Object) -join ' ' | Should -Be "$folder/many1.qcow2 $folder/many2.qcow2 $folder/many3.qcow2"
        1..3 | ForEach-Object { Test-Pattern "$folder/many$_.qcow2" $_ 1M 3M | Should -BeTrue }
    }

    It 'takes a destination for each from a script block' {
        1..2 | ForEach-Object { $null = New-FilledDisk "block$_.qcow2" $_ }

        Get-QemuDisk "$TestFolder/block?.qcow2" | Convert-QemuDisk -DestinationPath { $_.Path -replace 'qcow2$', 'raw' } | ForEach-Object Format | Should -Be 'raw', 'raw'
    }

    It 'refuses a destination that exists, and keeps it' {
        $source = New-FilledDisk 'exists.qcow2'
        [IO.File]::WriteAllText("$TestFolder/exists.raw", 'precious')

        Get-FailureId { $source | Convert-QemuDisk -DestinationPath "$TestFolder/exists.raw" } | Should -Be 'DiskExists'
        [IO.File]::ReadAllText("$TestFolder/exists.raw") | Should -Be 'precious'
        ($source | Convert-QemuDisk -DestinationPath "$TestFolder/exists.raw" -Force).Format | Should -Be 'raw'
    }

    It 'refuses to convert an image into itself, also under another name' {
        $source = New-FilledDisk 'self.qcow2'
        $null = [IO.File]::CreateSymbolicLink("$TestFolder/self-link.qcow2", $source.Path)

        Get-FailureId { $source | Convert-QemuDisk -DestinationPath $source.Path -Force } | Should -Be 'InvalidPath'
        Get-FailureId { $source | Convert-QemuDisk -DestinationPath "$TestFolder/self-link.qcow2" -Force } | Should -Be 'InvalidPath'
        Test-Pattern $source.Path 7 1M 3M | Should -BeTrue
    }

    It 'refuses to replace an image below the one it copies' {
        $base = New-FilledDisk 'below.qcow2'
        $top = New-QemuDisk "$TestFolder/above.qcow2" -BackingPath $base.Path

        Get-FailureId { $top | Convert-QemuDisk -DestinationPath $base.Path -Force } | Should -Be 'InvalidPath'
    }

    It 'takes the content of a snapshot' {
        $source = New-FilledDisk 'snapshot.qcow2' 1
        $null = $source | New-QemuSnapshot -SnapshotName 'a, b'
        Write-Pattern $source.Path 2 1M 3M

        $copy = $source | Convert-QemuDisk -DestinationPath "$TestFolder/snapshot.raw" -SnapshotName 'a, b'

        Test-Pattern $copy.Path 1 1M 3M | Should -BeTrue
        Get-FailureId { $source | Convert-QemuDisk -DestinationPath "$TestFolder/none.raw" -SnapshotName 'c' } | Should -Be 'SnapshotNotFound'
    }

    It 'makes a copy of an overlay that is an overlay of the same base' {
        $base = New-FilledDisk 'thick.qcow2' 5
        $top = New-QemuDisk "$TestFolder/over.qcow2" -BackingPath $base.Path
        Write-Pattern $top.Path 6 8M 64k

        $thin = $top | Convert-QemuDisk -DestinationPath "$TestFolder/thin.qcow2" -BackingPath $base.Path

        $thin.BackingPath | Should -Be $base.Path
        $thin.FileSizeBytes | Should -BeLessThan 1MB
        Compare-QemuDisk $top.Path $thin.Path | Should -BeTrue
    }

    It 'refuses a base with another content, from which qemu-img would make nonsense without a word' {
        $base = New-FilledDisk 'right.qcow2' 5
        $same = Convert-QemuDisk $base.Path "$TestFolder/right.raw"
        $wrong = New-FilledDisk 'wrong.qcow2' 6
        $top = New-QemuDisk "$TestFolder/right-top.qcow2" -BackingPath $base.Path

        Get-FailureId { $top | Convert-QemuDisk -DestinationPath "$TestFolder/nonsense.qcow2" -BackingPath $wrong.Path } | Should -Be 'InvalidOption'
        $copy = $top | Convert-QemuDisk -DestinationPath "$TestFolder/sense.qcow2" -BackingPath $same.Path
        Compare-QemuDisk $top.Path $copy.Path | Should -BeTrue
    }

    It 'compresses, and takes options of the format' {
        $source = New-FilledDisk 'compress.qcow2'
        $copy = $source | Convert-QemuDisk -DestinationPath "$TestFolder/compressed.qcow2" -Compress -Option @{ compression_type = 'zstd'; lazy_refcounts = $true }

        $copy.CompressionType | Should -Be 'zstd'
        $copy.LazyRefcounts | Should -BeTrue
        $copy.FileSizeBytes | Should -BeLessThan 2MB
    }

    It 'deletes the source when the copy is complete, and not before' {
        $source = New-FilledDisk 'gone.vmdk'
        $copy = $source | Convert-QemuDisk -DestinationPath "$TestFolder/kept.qcow2" -DeleteSource

        [IO.File]::Exists($source.Path) | Should -BeFalse
        Test-Pattern $copy.Path 7 1M 3M | Should -BeTrue
    }

    It 'does not delete a source that a machine needs' {
        $source = New-FilledDisk 'needed.qcow2'
        $null = New-QemuVm needer -DiskPath $source.Path -Accelerator Tcg

        Get-FailureId { $source | Convert-QemuDisk -DestinationPath "$TestFolder/needed.raw" -DeleteSource } | Should -Be 'DiskInUse'
        [IO.File]::Exists("$TestFolder/needed.raw") | Should -BeFalse
        Remove-QemuVm needer -Confirm:$false
    }

    It 'shows the command, the measured size and the free space, and does nothing with -WhatIf' {
        $source = New-FilledDisk "what if.qcow2"
        $start = [Diagnostics.ProcessStartInfo]::new("$RepositoryRoot/qps")
        $shell = Start-AnotherShell "Convert-QemuDisk '$($source.Path)' '$TestFolder/whatif.raw' -WhatIf"
        $said = $shell.StandardOutput.ReadToEnd()

        $said | Should -Match ([regex]::Escape("qemu-img convert -p -O raw -f qcow2 '$($source.Path)' $TestFolder/whatif.raw"))
        $said | Should -Match 'Needs 3(\.\d+)? MiB of the .+ that are free'
        [IO.File]::Exists("$TestFolder/whatif.raw") | Should -BeFalse
    }

    It 'refuses before it begins what does not fit on the file system' {
        $source = New-QemuDisk "$TestFolder/huge.qcow2" 4PB -ClusterSizeBytes 2MB

        $failure = Get-Failure { $source | Convert-QemuDisk -DestinationPath "$TestFolder/huge.raw" -Option @{ preallocation = 'full' } }

        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'InsufficientSpace'
        $failure.Exception.Message | Should -Match 'would need 4 PiB'
        [IO.File]::Exists("$TestFolder/huge.raw") | Should -BeFalse
    }

    It 'does not refuse a sparse image because it is large' {
        $source = New-QemuDisk "$TestFolder/sparse.qcow2" 1TB

        ($source | Convert-QemuDisk -DestinationPath "$TestFolder/sparse.raw").SizeBytes | Should -Be 1TB
        Remove-QemuDisk "$TestFolder/sparse.raw" -Confirm:$false
    }

    It 'refuses a chain that says nothing of a format, and tells how to mend it' {
        $base = New-QemuDisk "$TestFolder/guess.raw" 1MB
        $top = New-QemuDisk "$TestFolder/guess.qcow2" -BackingPath $base.Path
        # As images were made before QEMU 6.1: without the header extension that names the format.
        $bytes = [IO.File]::ReadAllBytes($top.Path)
        foreach ($at in 112..119) { $bytes[$at] = 0 }
        [IO.File]::WriteAllBytes($top.Path, $bytes)
        (Get-QemuDisk $top.Path).BackingFormat | Should -BeNullOrEmpty

        $null = New-QemuVm guesser -DiskPath $top.Path -Accelerator Tcg
        Get-FailureId { Start-QemuVm guesser } | Should -Be 'DiskInvalid'
        Remove-QemuVm guesser -Confirm:$false

        $failure = Get-Failure { Convert-QemuDisk $top.Path "$TestFolder/guessed.raw" }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'DiskInvalid'
        Invoke-Command ([scriptblock]::Create($failure.ErrorDetails.RecommendedAction))
        (Get-QemuDisk $top.Path).BackingFormat | Should -Be 'raw'
        (Convert-QemuDisk $top.Path "$TestFolder/guessed.raw").SizeBytes | Should -Be 1MB
    }

    It 'tells how far it is, and takes the bar away' {
        $source = New-FilledDisk 'progress.qcow2'
        $job = $source | Convert-QemuDisk -DestinationPath "$TestFolder/progress.raw" -RateLimitBytesPerSecond 4MB -AsJob
        $null = $job | Wait-Job

        $records = @($job.Progress)
        $records[0].Activity | Should -Be 'Converting progress.qcow2 to raw'
        $percents = @($records | ForEach-Object PercentComplete)
        ($percents | Sort-Object) -join ' ' | Should -Be ($percents -join ' ')
        $records[-1].RecordType | Should -Be 'Completed'
        $job | Remove-Job
    }

    It 'finds an image named <_>' -ForEach "comma, and space.qcow2", "colon:x.qcow2", "quote'.qcow2", 'br[a]cket.qcow2', "-dash.qcow2" {
        $source = New-QemuDisk "$TestFolder/$_" 1MB
        $copy = Convert-QemuDisk -LiteralPath $source.Path -DestinationPath "$TestFolder/copy of $_" -Format Qcow2

        $copy.Path | Should -Be "$TestFolder/copy of $_"
        Remove-QemuDisk -LiteralPath $source.Path, $copy.Path -Confirm:$false
    }
}

Describe 'A job of a disk cmdlet' {
    It 'carries the output' {
        $source = New-FilledDisk 'job.qcow2'
        $job = $source | Convert-QemuDisk -DestinationPath "$TestFolder/job.raw" -AsJob
        $job | Should -BeOfType ([Management.Automation.Job])
        (Get-Job -Id $job.Id).InstanceId | Should -Be $job.InstanceId

        $copy = $job | Wait-Job | Receive-Job

        $job.State | Should -Be 'Completed'
        $copy.Path | Should -Be "$TestFolder/job.raw"
        $job | Remove-Job
    }

    It 'carries the errors' {
        $job = Convert-QemuDisk "$TestFolder/no such.qcow2" "$TestFolder/x.raw" -AsJob
        $null = $job | Wait-Job

        ($job.Error[0].FullyQualifiedErrorId -split ',')[0] | Should -Be 'DiskNotFound'
        $job | Remove-Job
    }

    It 'is stopped: the tool ends and nothing is left' {
        $source = New-FilledDisk 'stop.qcow2'
        $job = $source | Convert-QemuDisk -DestinationPath "$TestFolder/stop.raw" -RateLimitBytesPerSecond 64KB -AsJob
        $deadline = [DateTime]::UtcNow.AddSeconds(30)
        while (-not (Get-Partial) -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 20 }
        Get-Partial | Should -Not -BeNullOrEmpty

        $job | Stop-Job

        $job.State | Should -Be 'Stopped'
        Get-Partial | Should -BeNullOrEmpty
        [IO.File]::Exists("$TestFolder/stop.raw") | Should -BeFalse
        $job | Remove-Job
    }

    It 'is not started to show what would be done' {
        $source = New-FilledDisk 'whatif-job.qcow2'
        Convert-QemuDisk $source.Path "$TestFolder/whatif-job.raw" -AsJob -WhatIf | Should -BeNullOrEmpty
        [IO.File]::Exists("$TestFolder/whatif-job.raw") | Should -BeFalse
    }

    It 'is asked about before it is started, for a job has nobody to ask' {
        $base = New-FilledDisk 'ask-base.qcow2'
        $top = New-QemuDisk "$TestFolder/ask-top.qcow2" -BackingPath $base.Path
        $shell = Start-AnotherShell "Merge-QemuDisk '$($top.Path)' -AsJob"
        $shell.WaitForExit()

        $shell.StandardError.ReadToEnd() | Should -Match '(?i)non-?interactive|prompt'
        $job = Merge-QemuDisk $top.Path -Drop -AsJob -Confirm:$false | Wait-Job
        $job.State | Should -Be 'Completed'
        $job.Error.Count | Should -Be 0
        [IO.File]::Exists($top.Path) | Should -BeFalse
        $job | Remove-Job
    }

    It 'finds relative paths where the user is' {
        $null = New-FilledDisk 'relative.qcow2'
        Push-Location $TestFolder
        try { $copy = Convert-QemuDisk relative.qcow2 relative.raw -AsJob | Wait-Job | Receive-Job } finally { Pop-Location }

        $copy.Path | Should -Be "$TestFolder/relative.raw"
    }
}

Describe 'Optimize-QemuDisk' {
    It 'gives space back and keeps content, options and rights' {
        $disk = New-FilledDisk 'fat.qcow2' 7 @{ ClusterSizeBytes = 128KB; Option = @{ lazy_refcounts = 'on'; refcount_bits = 32 } }
        Write-Pattern $disk.Path 0 1M 2M
        [IO.File]::SetUnixFileMode($disk.Path, [IO.UnixFileMode] 'UserRead, UserWrite')

        $thin = Optimize-QemuDisk $disk.Path -PassThru

        $thin.SavedBytes | Should -BeGreaterThan 1MB
        $thin.ClusterSizeBytes | Should -Be 128KB
        $thin.LazyRefcounts | Should -BeTrue
        $thin.RefcountBits | Should -Be 32
        [int][IO.File]::GetUnixFileMode($disk.Path) | Should -Be ([Convert]::ToInt32('600', 8))
        Test-Pattern $disk.Path 7 3M 1M | Should -BeTrue
    }

    It 'keeps the chain' {
        $base = New-FilledDisk 'chainbase.qcow2' 3
        $top = New-QemuDisk "$TestFolder/chaintop.qcow2" -BackingPath $base.Path
        Write-Pattern $top.Path 4 8M 1M

        $thin = Optimize-QemuDisk $top.Path -PassThru

        $thin.BackingPath | Should -Be $base.Path
        $thin.FileSizeBytes | Should -BeLessThan 2MB
        Test-Pattern $top.Path 3 1M 3M | Should -BeTrue
        Test-Pattern $top.Path 4 8M 1M | Should -BeTrue
    }

    It 'replaces the file that a link leads to, and leaves the link' {
        $disk = New-FilledDisk 'linked.qcow2'
        $link = "$TestFolder/link.qcow2"
        $null = [IO.File]::CreateSymbolicLink($link, $disk.Path)

        Optimize-QemuDisk $link

        [IO.File]::ResolveLinkTarget($link, $false).FullName | Should -Be $disk.Path
        Test-Pattern $disk.Path 7 1M 3M | Should -BeTrue
    }

    It 'works through another folder' {
        $disk = New-FilledDisk 'elsewhere.qcow2'
        $folder = [IO.Directory]::CreateTempSubdirectory('qps').FullName
        Optimize-QemuDisk $disk.Path -TemporaryPath $folder

        [IO.Directory]::GetFileSystemEntries($folder).Count | Should -Be 0
        Test-Pattern $disk.Path 7 1M 3M | Should -BeTrue
        [IO.Directory]::Delete($folder)
    }

    It 'keeps a VMDK image readable under its name' {
        $disk = New-FilledDisk 'thin.vmdk'
        Optimize-QemuDisk $disk.Path

        Test-Pattern $disk.Path 7 1M 3M | Should -BeTrue
    }

    It 'refuses an image with snapshots, which a copy would lose' {
        $disk = New-FilledDisk 'history.qcow2'
        $null = $disk | New-QemuSnapshot -SnapshotName first

        Get-FailureId { $disk | Optimize-QemuDisk } | Should -Be 'NotSupported'
        (Get-QemuSnapshot $disk.Path).Name | Should -Be 'first'
    }
}

Describe 'Resize-QemuDisk' {
    It 'grows to a size, or by one' {
        $disk = New-FilledDisk 'grow.qcow2'

        Resize-QemuDisk $disk.Path 128MB
        (Get-QemuDisk $disk.Path).SizeBytes | Should -Be 128MB
        ($disk | Resize-QemuDisk -SizeBytes '+1G' -PassThru).SizeBytes | Should -Be (1GB + 128MB)
        Test-Pattern $disk.Path 7 1M 3M | Should -BeTrue
    }

    It 'refuses to cut off data unless it is meant' {
        $disk = New-FilledDisk 'shrink.qcow2'

        $failure = Get-Failure { Resize-QemuDisk $disk.Path 32MB }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'InvalidSize'
        $failure.Exception.Message | Should -Match 'the last 32 MiB of it are lost'
        (Resize-QemuDisk $disk.Path 32MB -Shrink -PassThru).SizeBytes | Should -Be 32MB
    }

    It 'says nothing without -PassThru' {
        $disk = New-FilledDisk 'silent.qcow2'
        Resize-QemuDisk $disk.Path 65MB | Should -BeNullOrEmpty
    }

    It 'tells that <Format> images have one size for good' -ForEach @{ Format = 'vmdk' }, @{ Format = 'vhdx' } {
        $disk = New-QemuDisk "$TestFolder/fixed.$Format" 64MB
        Get-FailureId { Resize-QemuDisk $disk.Path 128MB } | Should -Not -BeNullOrEmpty
        (Get-QemuDisk $disk.Path).SizeBytes | Should -Be 64MB
    }
}

Describe 'Merge-QemuDisk' {
    BeforeEach {
        $Base = New-FilledDisk 'mbase.qcow2' 1 @{ Force = $true }
        $Middle = New-QemuDisk "$TestFolder/mmiddle.qcow2" -BackingPath $Base.Path -Force
        Write-Pattern $Middle.Path 2 8M 1M
        $Top = New-QemuDisk "$TestFolder/mtop.qcow2" -BackingPath $Middle.Path -Force
        Write-Pattern $Top.Path 3 16M 1M
    }

    AfterEach { Remove-QemuDisk "$TestFolder/m*.qcow2" -Force -Confirm:$false }

    It 'writes an overlay into the image right below it' {
        $merged = Merge-QemuDisk $Top.Path -PassThru -Confirm:$false

        $merged.Path | Should -Be $Middle.Path
        Test-Pattern $Middle.Path 3 16M 1M | Should -BeTrue
        Test-Pattern $Base.Path 3 16M 1M | Should -BeFalse
        Test-Pattern $Top.Path 3 16M 1M | Should -BeTrue
    }

    It 'goes down the chain and drops what it went through' {
        Merge-QemuDisk $Top.Path $Base.Path -Drop -Confirm:$false

        Test-Pattern $Base.Path 2 8M 1M | Should -BeTrue
        Test-Pattern $Base.Path 3 16M 1M | Should -BeTrue
        [IO.File]::Exists($Middle.Path) | Should -BeFalse
        [IO.File]::Exists($Top.Path) | Should -BeFalse
    }

    It 'refuses to damage another overlay of the base' {
        $null = New-QemuDisk "$TestFolder/msibling.qcow2" -BackingPath $Base.Path

        $failure = Get-Failure { Merge-QemuDisk $Middle.Path -Confirm:$false }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'DiskHasOverlays'
        $failure.Exception.Message | Should -Match 'msibling\.qcow2'
        Test-Pattern $Base.Path 2 8M 1M | Should -BeFalse
    }

    It 'refuses to write to a template' {
        Set-QemuDisk $Base.Path -Template

        Get-FailureId { Merge-QemuDisk $Middle.Path -Confirm:$false } | Should -Be 'AccessDenied'
        Set-QemuDisk $Base.Path -Template:$false
    }

    It 'tells the chain where the destination is not in it' {
        $failure = Get-Failure { Merge-QemuDisk $Middle.Path $Top.Path -Confirm:$false }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'InvalidPath'
        $failure.Exception.Message | Should -Match 'mbase\.qcow2'
        Get-FailureId { Merge-QemuDisk $Base.Path -Confirm:$false } | Should -Be 'NotSupported'
    }
}

Describe 'Set-QemuDisk' {
    It 'puts an image on another base and keeps what a guest reads' {
        $old = New-FilledDisk 'sold.qcow2' 1
        $new = New-FilledDisk 'snew.qcow2' 2
        $top = New-QemuDisk "$TestFolder/stop-set.qcow2" -BackingPath $old.Path

        (Set-QemuDisk $top.Path -BackingPath $new.Path -PassThru).BackingPath | Should -Be $new.Path
        Test-Pattern $top.Path 1 1M 3M | Should -BeTrue
    }

    It 'makes an image stand alone' {
        $base = New-FilledDisk 'alone-base.qcow2' 4
        $top = New-QemuDisk "$TestFolder/alone.qcow2" -BackingPath $base.Path

        (Set-QemuDisk $top.Path -BackingPath '' -PassThru).BackingPath | Should -BeNullOrEmpty
        Remove-QemuDisk $base.Path -Confirm:$false
        Test-Pattern $top.Path 4 1M 3M | Should -BeTrue
    }

    It 'only changes the name with -Unsafe, for a base that was moved' {
        $base = New-FilledDisk 'moved-from.qcow2' 5
        $top = New-QemuDisk "$TestFolder/moved-top.qcow2" -BackingPath $base.Path
        [IO.File]::Move($base.Path, "$TestFolder/moved-to.qcow2")
        Test-QemuDisk $top.Path | Should -BeFalse

        Set-QemuDisk $top.Path -BackingPath "$TestFolder/moved-to.qcow2" -Unsafe

        Test-QemuDisk $top.Path | Should -BeTrue
        Test-Pattern $top.Path 5 1M 3M | Should -BeTrue
    }

    It 'refuses a chain that would be a circle' {
        $base = New-FilledDisk 'circle-base.qcow2'
        $top = New-QemuDisk "$TestFolder/circle-top.qcow2" -BackingPath $base.Path

        Get-FailureId { Set-QemuDisk $base.Path -BackingPath $top.Path -Unsafe } | Should -Be 'InvalidPath'
    }

    It 'changes options' {
        $disk = New-FilledDisk 'amend.qcow2'
        (Set-QemuDisk $disk.Path -Option @{ lazy_refcounts = 'on' } -PassThru).LazyRefcounts | Should -BeTrue
        Get-FailureId { Set-QemuDisk $disk.Path -Option @{ nonsense = 1 } } | Should -Be 'InvalidOption'
    }

    It 'makes a template of an image and an image of a template' {
        $disk = New-FilledDisk 'template.qcow2'

        Set-QemuDisk $disk.Path -Template
        ([int][IO.File]::GetUnixFileMode($disk.Path) -band 0x92) | Should -Be 0
        Set-QemuDisk $disk.Path -Template:$false
        ([int][IO.File]::GetUnixFileMode($disk.Path) -band 0x80) | Should -Be 0x80
    }

    It 'says so when there is nothing to change' {
        Get-FailureId { Set-QemuDisk "$TestFolder/template.qcow2" } | Should -Be 'InvalidOption'
    }
}

Describe 'Test-QemuDisk and Repair-QemuDisk' {
    BeforeAll {
        # A cluster that nothing refers to and that is counted is a leak; the L1 table's cluster counted as free is a corruption.
        function Set-Refcount([string] $Path, [int] $Cluster, [byte] $Count) {
            $file = [IO.File]::Open($Path, 'Open', 'ReadWrite')
            $null = $file.Seek(2 * 65536 + 2 * $Cluster + 1, 'Begin')
            $file.WriteByte($Count)
            $file.Dispose()
        }
    }

    It 'finds nothing wrong with a sound image' {
        $disk = New-FilledDisk 'sound.qcow2'

        $disk | Test-QemuDisk | Should -BeTrue
        $check = $disk | Test-QemuDisk -Detailed
        $check.Corruptions + $check.Leaks + $check.Errors | Should -Be 0
        $check.FormatSupported | Should -BeTrue
    }

    It 'finds a leak, says that nothing is lost, and repairs it' {
        $disk = New-FilledDisk 'leak.qcow2'
        $clusters = [int]([IO.FileInfo]::new($disk.Path).Length / 65536)
        $file = [IO.File]::OpenWrite($disk.Path)
        $file.SetLength(65536 * ($clusters + 2))
        $file.Dispose()
        Set-Refcount $disk.Path $clusters 1
        Set-Refcount $disk.Path ($clusters + 1) 1

        Test-QemuDisk $disk.Path | Should -BeTrue
        (Test-QemuDisk $disk.Path -Detailed).Leaks | Should -Be 2
        (Repair-QemuDisk $disk.Path -Confirm:$false).LeaksFixed | Should -Be 2
        (Test-QemuDisk $disk.Path -Detailed).Leaks | Should -Be 0
    }

    It 'finds a corruption, and repairs it when all is asked for' {
        $disk = New-FilledDisk 'corrupt.qcow2'
        Set-Refcount $disk.Path 3 0

        Test-QemuDisk $disk.Path | Should -BeFalse
        (Test-QemuDisk $disk.Path -Detailed).Corruptions | Should -BeGreaterThan 0
        (Repair-QemuDisk $disk.Path -All -Confirm:$false).CorruptionsFixed | Should -BeGreaterThan 0
        Test-QemuDisk $disk.Path | Should -BeTrue
        Test-Pattern $disk.Path 7 1M 3M | Should -BeTrue
    }

    It 'tells that a chain is broken' {
        $base = New-FilledDisk 'broken-base.qcow2'
        $top = New-QemuDisk "$TestFolder/broken-top.qcow2" -BackingPath $base.Path
        Remove-QemuDisk $base.Path -Force -Confirm:$false

        $check = Test-QemuDisk $top.Path -Detailed
        $check.ChainBroken | Should -BeTrue
        $check.IsHealthy | Should -BeFalse
        $check.Problem | Should -Match 'broken-base'
    }

    It 'tells that a damaged header is damaged, instead of failing' {
        $disk = New-FilledDisk 'header.qcow2'
        $bytes = [IO.File]::ReadAllBytes($disk.Path)
        $bytes[23] = 99
        [IO.File]::WriteAllBytes($disk.Path, $bytes)

        Test-QemuDisk $disk.Path | Should -BeFalse
        (Test-QemuDisk $disk.Path -Detailed).Problem | Should -Not -BeNullOrEmpty
    }

    It 'has nothing to check in a raw image' {
        $disk = New-FilledDisk 'nothing.raw'

        Test-QemuDisk $disk.Path | Should -BeTrue
        (Test-QemuDisk $disk.Path -Detailed).FormatSupported | Should -BeFalse
        Get-FailureId { Repair-QemuDisk $disk.Path -Confirm:$false } | Should -Be 'NotSupported'
    }

    It 'fails for an image that is not there' {
        Get-FailureId { Test-QemuDisk "$TestFolder/nowhere.qcow2" } | Should -Be 'DiskNotFound'
    }
}

Describe 'Compare-QemuDisk and Measure-QemuDisk' {
    It 'compares what a guest reads, not the files' {
        $one = New-FilledDisk 'same.qcow2' 9
        $other = Convert-QemuDisk $one.Path "$TestFolder/same.vdi"

        Compare-QemuDisk $one.Path $other.Path | Should -BeTrue
        $one | Compare-QemuDisk -OtherPath $other.Path | Should -BeTrue
    }

    It 'tells where the first difference is' {
        $one = New-FilledDisk 'one.qcow2' 9
        $other = New-FilledDisk 'two.qcow2' 9
        Write-Pattern $other.Path 1 32M 4k

        $found = Compare-QemuDisk $one.Path $other.Path -Detailed
        $found.AreIdentical | Should -BeFalse
        $found.FirstDifferenceOffset | Should -Be 32MB
    }

    It 'counts sizes when they shall count' {
        $one = New-QemuDisk "$TestFolder/size1.qcow2" 1MB
        $other = New-QemuDisk "$TestFolder/size2.qcow2" 2MB

        Compare-QemuDisk $one.Path $other.Path | Should -BeTrue
        Compare-QemuDisk $one.Path $other.Path -Strict | Should -BeFalse
        (Compare-QemuDisk $one.Path $other.Path -Detailed).SizesDiffer | Should -BeTrue
    }

    It 'measures what a copy would take, as qemu-img does' {
        $disk = New-FilledDisk 'measure.qcow2'
        $said = qemu-img measure --output=json -f qcow2 -O qcow2 $disk.Path | Out-String | ConvertFrom-Json

        $measured = Measure-QemuDisk $disk.Path
        $measured.RequiredBytes | Should -Be $said.required
        $measured.FullyAllocatedBytes | Should -Be $said.'fully-allocated'
        (Measure-QemuDisk -SizeBytes 1GB -Format Raw).FullyAllocatedBytes | Should -Be 1GB
        Get-FailureId { Measure-QemuDisk $disk.Path Vmdk } | Should -Be 'NotSupported'
    }
}

Describe 'Remove-QemuDisk, where others need the image' {
    It 'refuses the base of an overlay, and takes both when both are meant' {
        $base = New-FilledDisk 'rbase.qcow2'
        $top = New-QemuDisk "$TestFolder/rtop.qcow2" -BackingPath $base.Path

        Get-FailureId { Remove-QemuDisk $base.Path -Confirm:$false } | Should -Be 'DiskHasOverlays'
        Remove-QemuDisk $top.Path -IncludeBackingChain -Confirm:$false
        [IO.File]::Exists($base.Path) | Should -BeFalse
        [IO.File]::Exists($top.Path) | Should -BeFalse
    }

    It 'leaves a chain that another overlay stands on' {
        $base = New-FilledDisk 'sbase.qcow2'
        $one = New-QemuDisk "$TestFolder/sone.qcow2" -BackingPath $base.Path
        $null = New-QemuDisk "$TestFolder/stwo.qcow2" -BackingPath $base.Path

        Get-FailureId { Remove-QemuDisk $one.Path -IncludeBackingChain -Confirm:$false } | Should -Be 'DiskHasOverlays'
        [IO.File]::Exists($one.Path) | Should -BeTrue
    }

    It 'removes an overlay and its base that come through one pipeline in that order' {
        $base = New-FilledDisk 'obase.qcow2'
        $top = New-QemuDisk "$TestFolder/otop.qcow2" -BackingPath $base.Path

        $top, $base | Remove-QemuDisk -Confirm:$false
        [IO.File]::Exists($base.Path) | Should -BeFalse
    }

    It 'refuses the base of a disk that a machine has, wherever that is' {
        $base = New-FilledDisk 'mvbase.qcow2'
        $folder = [IO.Directory]::CreateDirectory("$TestFolder/away").FullName
        $top = New-QemuDisk "$folder/top.qcow2" -BackingPath $base.Path
        $null = New-QemuVm away -DiskPath $top.Path -Accelerator Tcg

        $failure = Get-Failure { Remove-QemuDisk $base.Path -Confirm:$false }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'DiskHasOverlays'
        $failure.Exception.Message | Should -Match "'away'"
        Remove-QemuVm away -Confirm:$false
    }
}
