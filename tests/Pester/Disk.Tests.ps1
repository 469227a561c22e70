BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
}

AfterAll { Exit-TestSession }

Describe 'New-QemuDisk' {
    It 'creates a qcow2 image and shows what qemu-img made of it' {
        $disk = New-QemuDisk "$TestFolder/plain.qcow2" 20GB

        $disk.Path | Should -Be "$TestFolder/plain.qcow2"
        $disk.Format | Should -Be 'qcow2'
        $disk.SizeBytes | Should -Be 20GB
        $disk.VirtualSize | Should -Be 20GB
        $disk.ClusterSizeBytes | Should -Be 65536
        $disk.Compat | Should -Be '1.1'
        $disk.ExtendedL2 | Should -BeFalse
        $disk.CompressionType | Should -Be 'zlib'
        $disk.LazyRefcounts | Should -BeFalse
        $disk.RefcountBits | Should -Be 16
        $disk.InUse | Should -BeFalse
    }

    It 'says the same as qemu-img info' {
        $disk = New-QemuDisk "$TestFolder/same.qcow2" 3GB -ClusterSizeBytes 128KB -Option @{ lazy_refcounts = 'on'; compression_type = 'zstd' }
        $info = qemu-img info --output=json $disk.Path | Out-String | ConvertFrom-Json

        $disk.SizeBytes | Should -Be $info.'virtual-size'
        $disk.FileSizeBytes | Should -Be $info.'actual-size'
        $disk.ClusterSizeBytes | Should -Be $info.'cluster-size'
        $disk.LazyRefcounts | Should -Be $info.'format-specific'.data.'lazy-refcounts'
        $disk.CompressionType | Should -Be $info.'format-specific'.data.'compression-type'
        $disk.Raw.'format-specific'.type | Should -Be 'qcow2'
    }

    It 'makes a <Format> image of "<Name>"' -ForEach @(
        @{ Name = 'a.raw'; Format = 'raw' }
        @{ Name = 'a.img'; Format = 'raw' }
        @{ Name = 'a.vmdk'; Format = 'vmdk' }
        @{ Name = 'a.vdi'; Format = 'vdi' }
        @{ Name = 'a.vhdx'; Format = 'vhdx' }
        @{ Name = 'a.vhd'; Format = 'vpc' }
        @{ Name = 'a.disk'; Format = 'qcow2' }
    ) {
        (New-QemuDisk "$TestFolder/$Name" 64MB).Format | Should -Be $Format
    }

    It 'lets -Format overrule the extension' {
        (New-QemuDisk "$TestFolder/odd.img" 64MB -Format Qcow2).Format | Should -Be 'qcow2'
    }

    It 'takes the size <Size>' -ForEach @(
        @{ Size = 1073741824; Bytes = 1GB }
        @{ Size = '1G'; Bytes = 1GB }
        @{ Size = '1GB'; Bytes = 1GB }
        @{ Size = '1.5 GiB'; Bytes = 1.5GB }
        @{ Size = '512M'; Bytes = 512MB }
    ) {
        (New-QemuDisk "$TestFolder/size.qcow2" $Size -Force).SizeBytes | Should -Be $Bytes
    }

    It 'makes an overlay with the size of its backing image and records its format' {
        $base = New-QemuDisk "$TestFolder/base.qcow2" 5GB
        $overlay = New-QemuDisk "$TestFolder/overlay.qcow2" -BackingPath $base.Path

        $overlay.SizeBytes | Should -Be 5GB
        $overlay.BackingPath | Should -Be $base.Path
        $overlay.BackingFormat | Should -Be 'qcow2'
    }

    It 'takes the format of a backing image in any case, as every other word of PowerShell' {
        $base = New-QemuDisk "$TestFolder/case.raw" 1MB
        (New-QemuDisk "$TestFolder/case.qcow2" -BackingPath $base.Path -BackingFormat Raw).BackingFormat | Should -BeExactly 'raw'
        (Convert-QemuDisk "$TestFolder/case.qcow2" "$TestFolder/case2.qcow2" -Format Qcow2 -BackingPath $base.Path -BackingFormat RAW).BackingFormat | Should -BeExactly 'raw'
        (Set-QemuDisk "$TestFolder/case2.qcow2" -BackingPath $base.Path -BackingFormat Raw -PassThru).BackingFormat | Should -BeExactly 'raw'
    }

    It 'lays down a raw image in full with -Preallocation Full' {
        (New-QemuDisk "$TestFolder/full.raw" 8MB -Preallocation Full).FileSizeBytes | Should -Be 8MB
    }

    It 'creates several disks from the pipeline' {
        $disks = 'one.qcow2', 'two.qcow2' | ForEach-Object { "$TestFolder/$_" } | New-QemuDisk -SizeBytes 1GB

        $disks | Should -HaveCount 2
    }

    It 'takes a path with <What>' -ForEach @(
        @{ What = 'a comma'; Name = 'a,b.qcow2' }
        @{ What = 'a colon'; Name = 'a:b.qcow2' }
        @{ What = 'a space'; Name = 'a b.qcow2' }
        @{ What = 'quotes'; Name = "a'b`"c.qcow2" }
        @{ What = 'a newline'; Name = "a`nb.qcow2" }
        @{ What = 'a leading dash'; Name = '-a.qcow2' }
        @{ What = 'letters beyond ASCII'; Name = 'größe-✓.qcow2' }
        @{ What = 'brackets'; Name = 'a[1].qcow2' }
    ) {
        Push-Location $TestFolder
        try {
            $disk = New-QemuDisk -Path $Name -SizeBytes 64MB
            $disk.Path | Should -BeExactly "$TestFolder/$Name"
            [IO.File]::Exists("$TestFolder/$Name") | Should -BeTrue
            (Get-QemuDisk -LiteralPath $Name).SizeBytes | Should -Be 64MB
        }
        finally { Pop-Location }
    }

    It 'leaves a file that exists alone' {
        [IO.File]::WriteAllText("$TestFolder/precious.qcow2", 'precious')

        Get-FailureId { New-QemuDisk "$TestFolder/precious.qcow2" 1GB } | Should -Be 'DiskExists'
        [IO.File]::ReadAllText("$TestFolder/precious.qcow2") | Should -Be 'precious'
    }

    It 'replaces it with -Force' {
        (New-QemuDisk "$TestFolder/precious.qcow2" 1GB -Force).SizeBytes | Should -Be 1GB
    }

    It 'keeps the old image when the new one cannot be made' {
        $null = New-QemuDisk "$TestFolder/kept.qcow2" 1GB

        Get-FailureId { New-QemuDisk "$TestFolder/kept.qcow2" 2GB -Force -ClusterSizeBytes 1000 } | Should -Be 'InvalidOption'
        (Get-QemuDisk "$TestFolder/kept.qcow2").SizeBytes | Should -Be 1GB
        [IO.Directory]::GetFiles($TestFolder, '*.partial') | Should -BeNullOrEmpty
    }

    It 'says which folder is missing' {
        $failure = Get-Failure { New-QemuDisk "$TestFolder/none/x.qcow2" 1GB }

        $failure.FullyQualifiedErrorId | Should -BeLike 'DirectoryNotFound,*'
        $failure.ErrorDetails.RecommendedAction | Should -Be "mkdir -p $TestFolder/none"
    }

    It 'refuses a size of <Size>' -ForEach @(
        @{ Size = 0; Id = 'InvalidSize' }
        @{ Size = -5; Id = 'ParameterArgumentTransformationError' }
        @{ Size = 'much'; Id = 'ParameterArgumentTransformationError' }
        @{ Size = '9000P'; Id = 'InvalidSize' }
        @{ Size = '100P'; Id = 'InvalidSize' }
        @{ Size = '99E'; Id = 'ParameterArgumentTransformationError' }
    ) {
        Get-FailureId { New-QemuDisk "$TestFolder/never.qcow2" $Size } | Should -Be $Id
        [IO.File]::Exists("$TestFolder/never.qcow2") | Should -BeFalse
    }

    It 'asks for a size when there is no backing image' {
        Get-FailureId { New-QemuDisk "$TestFolder/never.qcow2" } | Should -Be 'InvalidSize'
    }

    It 'names the option that qemu-img does not know' {
        (Get-Failure { New-QemuDisk "$TestFolder/never.qcow2" 1GB -Option @{ colour = 'blue' } }).Exception.Message | Should -Match 'colour'
    }

    It 'goes on with the next disk after an error' {
        $disks = New-QemuDisk "$TestFolder/none/x.qcow2", "$TestFolder/next.qcow2" 1GB -ErrorAction SilentlyContinue

        $disks.Path | Should -Be "$TestFolder/next.qcow2"
    }

    It 'creates nothing with -WhatIf' {
        New-QemuDisk "$TestFolder/whatif.qcow2" 1GB -WhatIf | Should -BeNullOrEmpty
        [IO.File]::Exists("$TestFolder/whatif.qcow2") | Should -BeFalse
    }

    It 'says which package to install when there is no qemu-img' {
        $path = $env:PATH
        try {
            $env:PATH = $TestFolder
            $failure = Get-Failure { New-QemuDisk "$TestFolder/never.qcow2" 1GB }
        }
        finally { $env:PATH = $path }

        $failure.FullyQualifiedErrorId | Should -BeLike 'ToolNotFound,*'
        $failure.CategoryInfo.Category | Should -Be 'NotInstalled'
        $failure.ErrorDetails.RecommendedAction | Should -Be 'sudo apt-get install qemu-utils'
    }
}

Describe 'Get-QemuDisk' {
    It 'finds images by wildcards' {
        $null = New-QemuDisk "$TestFolder/w1.qcow2", "$TestFolder/w2.qcow2" 1GB

        (Get-QemuDisk "$TestFolder/w?.qcow2").Count | Should -Be 2
    }

    It 'takes files from Get-ChildItem' {
        (Get-ChildItem "$TestFolder/w1.qcow2" | Get-QemuDisk).SizeBytes | Should -Be 1GB
    }

    It 'takes disks from New-QemuDisk' {
        (New-QemuDisk "$TestFolder/piped[1].qcow2" 2GB | Get-QemuDisk).SizeBytes | Should -Be 2GB
    }

    It 'shows the backing chain' {
        $null = New-QemuDisk "$TestFolder/c0.raw" 1GB
        $null = New-QemuDisk "$TestFolder/c1.qcow2" -BackingPath "$TestFolder/c0.raw"
        $null = New-QemuDisk "$TestFolder/c2.qcow2" -BackingPath "$TestFolder/c1.qcow2"

        (Get-QemuDisk "$TestFolder/c2.qcow2" -BackingChain).Chain.Path | Should -Be "$TestFolder/c1.qcow2", "$TestFolder/c0.raw"
    }

    It 'prints the chain as a tree' {
        $text = Get-QemuDisk "$TestFolder/c2.qcow2" -BackingChain | Out-String

        $text | Should -Match "c2\.qcow2  qcow2, 1 GiB, \S+ KiB on disk\s+└─ c1\.qcow2  qcow2, .+\s+   └─ c0\.raw  raw, 1 GiB, \S+ \S+ on disk"
    }

    It 'starts no process for a <Name> image' -ForEach @(
        @{ Name = 'qcow2'; Options = @{} }
        @{ Name = 'raw'; Options = @{} }
        @{ Name = 'vmdk'; Options = @{ subformat = 'twoGbMaxExtentSparse' } }
        @{ Name = 'vdi'; Options = @{} }
        @{ Name = 'vhdx'; Options = @{} }
        @{ Name = 'vpc'; Options = @{} }
    ) {
        $disk = New-QemuDisk "$TestFolder/alone.$Name" 64MB -Format $Name -Option $Options
        $path = $env:PATH
        try {
            $env:PATH = $TestFolder
            (Get-QemuDisk $disk.Path).Format | Should -Be $Name
        }
        finally { $env:PATH = $path }
    }

    It 'asks qemu-img where a header does not say it all, and -Verbose says why' {
        $null = New-QemuDisk "$TestFolder/future.qcow2" 64MB
        $file = [IO.File]::OpenWrite("$TestFolder/future.qcow2")
        $file.Position = 72
        $file.WriteByte(0x80)
        $file.Dispose()

        $said = Get-QemuDisk "$TestFolder/future.qcow2" -Verbose -ErrorVariable failure -ErrorAction SilentlyContinue 4>&1
        "$said" | Should -Match 'is described by qemu-img, because it has the incompatible features 0x8000000000000000'
        $failure[0].Exception.Message | Should -Match '^qemu-img: '
    }

    It 'describes what a network server exports, by qemu-img' {
        Get-FailureId { Get-QemuDisk 'nbd://127.0.0.1:1/x' } | Should -Be 'DiskInvalid'
        [IO.File]::WriteAllText("$TestFolder/nbd:x", 'a file')
        Push-Location $TestFolder
        try { (Get-QemuDisk 'nbd:x').Format | Should -Be 'raw' }
        finally { Pop-Location }
    }

    It 'writes the first disk before the last is read' {
        $null = New-QemuDisk "$TestFolder/first.qcow2" 64MB
        $read = Get-QemuDisk "$TestFolder/first.qcow2", "$TestFolder/last.qcow2" | ForEach-Object {
            if ($_.Path -like '*first*') { [IO.File]::Copy("$TestFolder/first.qcow2", "$TestFolder/last.qcow2") }
            $_
        }

        @($read).Count | Should -Be 2
    }

    It 'flags a backing file outside of the folder of the image, and shows where it is' {
        $null = New-QemuDisk "$TestFolder/tempting.qcow2" 64MB
        & qemu-img rebase -u -b /etc/shadow -F raw "$TestFolder/tempting.qcow2"
        $disk = Get-QemuDisk "$TestFolder/tempting.qcow2"

        $disk.BackingOutsideFolder | Should -BeTrue
        $disk | Out-String | Should -Match '/etc/shadow'
        (Get-QemuDisk "$TestFolder/c2.qcow2").BackingOutsideFolder | Should -BeFalse
    }

    It 'takes a pipe for no image and does not wait for it' {
        & mkfifo "$TestFolder/pipe"

        Get-FailureId { Get-QemuDisk "$TestFolder/pipe" } | Should -Be 'InvalidPath'
        Get-FailureId { Get-QemuDisk '/dev/zero' } | Should -Be 'InvalidPath'
    }

    It 'finds the overlays of an image, near and far' {
        $folder = [IO.Directory]::CreateDirectory("$TestFolder/tree/deep").Parent.FullName
        $base = New-QemuDisk "$folder/base.qcow2" 64MB
        $null = New-QemuDisk "$folder/one.qcow2" -BackingPath $base.Path
        $null = New-QemuDisk "$folder/deep/two.qcow2" -BackingPath "$folder/one.qcow2"
        $null = New-QemuDisk "$folder/other.qcow2" 64MB
        [IO.File]::WriteAllText("$folder/broken.qcow2", "QFI$([char]0xfb)")

        ($base | Get-QemuDisk -Descendants).Path | Should -Be "$folder/one.qcow2", "$folder/deep/two.qcow2"
        (Get-QemuDisk $base.Path -Descendants -SearchPath "$folder/deep").Path | Should -BeNullOrEmpty
        (Get-QemuDisk "$folder/one.qcow2" -Descendants -SearchPath "$folder/deep").Path | Should -Be "$folder/deep/two.qcow2"
        Get-FailureId { Get-QemuDisk $base.Path -Descendants -SearchPath "$folder/none" } | Should -Be 'DirectoryNotFound'
    }

    It 'matches wildcards as the engine does' {
        $folder = [IO.Directory]::CreateDirectory("$TestFolder/wild").FullName
        foreach ($name in 'b.img', 'A.IMG', '.hidden.img', 'c.raw') { [IO.File]::WriteAllText("$folder/$name", '') }
        Push-Location $folder
        try {
            (Get-QemuDisk *.img).Path | Should -Be "$folder/A.IMG", "$folder/b.img"
            (Get-QemuDisk "$folder/[bc].*").Path | Should -Be "$folder/b.img", "$folder/c.raw"
            Get-QemuDisk *.none | Should -BeNullOrEmpty
        }
        finally { Pop-Location }
    }

    It 'says that there is no such image' {
        Get-FailureId { Get-QemuDisk "$TestFolder/ghost.qcow2" } | Should -Be 'DiskNotFound'
    }

    It 'says that a folder is no image' {
        Get-FailureId { Get-QemuDisk $TestFolder } | Should -Be 'InvalidPath'
    }

    It 'survives a round trip through JSON and Clixml-like serialisation' {
        $text = [Management.Automation.PSSerializer]::Serialize((Get-QemuDisk "$TestFolder/w1.qcow2"))
        $again = [Management.Automation.PSSerializer]::Deserialize($text)

        ($again | Get-QemuDisk).SizeBytes | Should -Be 1GB
    }

    It 'prints a table with sizes people read' {
        $text = Get-QemuDisk "$TestFolder/w1.qcow2" | Out-String

        $text | Should -Match 'Name\s+Format\s+Size'
        $text | Should -Match 'w1\.qcow2\s+qcow2\s+1 GiB'
    }
}

Describe 'Remove-QemuDisk' {
    It 'deletes an image' {
        New-QemuDisk "$TestFolder/gone.qcow2" 1GB | Remove-QemuDisk -Confirm:$false

        [IO.File]::Exists("$TestFolder/gone.qcow2") | Should -BeFalse
    }

    It 'deletes nothing with -WhatIf' {
        New-QemuDisk "$TestFolder/stays.qcow2" 1GB | Remove-QemuDisk -WhatIf

        [IO.File]::Exists("$TestFolder/stays.qcow2") | Should -BeTrue
    }

    It 'leaves an image that a machine names, unless forced' {
        $disk = New-QemuDisk "$TestFolder/named.qcow2" 1GB
        $null = $disk | New-QemuVm -Name named

        Get-FailureId { Remove-QemuDisk $disk.Path -Confirm:$false } | Should -Be 'DiskInUse'
        Remove-QemuDisk $disk.Path -Force -Confirm:$false
        [IO.File]::Exists($disk.Path) | Should -BeFalse
    }

    It 'says that there is no such image' {
        Get-FailureId { Remove-QemuDisk "$TestFolder/ghost.qcow2" -Confirm:$false } | Should -Be 'DiskNotFound'
    }
}
